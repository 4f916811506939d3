# Portal and hubs apart. Given by the environment: TF_VAR_database_url, TF_VAR_objects_key and
# TF_VAR_hubs_dispatcher_kubeconfig, whose user is the one that is named here.
portal_cluster = { kubeconfig = "kubeconfig", context = "portal" }
hubs_cluster   = { kubeconfig = "kubeconfig", context = "hubs", dispatcher_user = "jhaas-dispatcher" }
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
objects = {
  endpoint      = "https://s3.university.example"
  bucket        = "jhaas"
  states_bucket = "jhaas-states"
}
config = { mail = { transport = "smtp", host = "smtp.university.example", from = "JHaaS <jhaas@university.example>" } }
