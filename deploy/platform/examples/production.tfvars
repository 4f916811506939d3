# One cluster; database, buckets and mail server are the institution's. Given by the environment: TF_VAR_database_url,
# TF_VAR_objects_key, TF_VAR_secrets, and TF_VAR_registry_auth with the content of a .dockerconfigjson.
portal_cluster = { kubeconfig = "kubeconfig", context = "production" }
url            = "https://jhaas.university.example"
hubs_domain    = "hubs.university.example"
images = {
  portal = { repository = "registry.university.example/jhaas", tag = "0.1.0" }
  worker = { repository = "registry.university.example/jhaas-worker", tag = "0.1.0" }
}
catalogue = [{
  key         = "python"
  title       = "Python"
  description = "Python 3 with JupyterLab and Notebook"
  image       = "quay.io/jupyter/scipy-notebook:2026-01-05"
}]
objects = {
  endpoint      = "https://s3.university.example"
  region        = "eu-central-1"
  bucket        = "jhaas"
  states_bucket = "jhaas-states"
}
ingress_controller = {}
cert_manager       = { mail = "it@university.example" }
config = {
  institution = { name = "University of Examples", support = "jupyter@university.example" }
  portal      = { registration = false, trusted_proxies = ["10.0.0.0/8"] }
  mail        = { transport = "smtp", host = "smtp.university.example", from = "JHaaS <jhaas@university.example>" }
}
values = [<<-YAML
  networkPolicy:
    portalFrom: [{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: ingress } } }]
    metricsFrom: [{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: monitoring } } }]
  monitoring:
    serviceMonitor: { enabled: true }
    rules: { enabled: true }
    dashboard: { enabled: true }
  YAML
]
