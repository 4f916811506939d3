# One cluster that has an Ingress controller and a storage class, with PostgreSQL and S3 for trying.
portal_cluster = { kubeconfig = "kubeconfig" }
url            = "https://jhaas.university.example"
hubs_domain    = "hubs.university.example"
images = {
  portal = { repository = "registry.university.example/jhaas" }
  worker = { repository = "registry.university.example/jhaas-worker" }
}
catalogue = [{
  key         = "python"
  title       = "Python"
  description = "Python 3 with JupyterLab and Notebook"
  image       = "quay.io/jupyter/scipy-notebook:2026-01-05"
}]
trial  = { postgres = {}, s3 = {} }
config = { mail = { transport = "smtp", host = "smtp.university.example", from = "JHaaS <jhaas@university.example>" } }
