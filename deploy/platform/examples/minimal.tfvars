# For a beginning: a cluster with a storage class, whose Ingress controller has a certificate for jhaas.university.example and
# *.hubs.university.example, and a mail server. Database, buckets and accounts to sign in with are brought along. The images
# you have made, for none are published.
portal_cluster = { kubeconfig = "kubeconfig" }
domain         = "university.example"
images = {
  portal = { repository = "registry.university.example/jhaas" }
  worker = { repository = "registry.university.example/jhaas-worker" }
}
trial = {
  postgres = {}
  s3       = {}
  identity = { people = { "ada@university.example" = "Ada Lovelace" } }
}
config = { mail = { transport = "smtp", host = "smtp.university.example", from = "JHaaS <jhaas@university.example>" } }
