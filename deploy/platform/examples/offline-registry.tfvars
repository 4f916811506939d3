# Nothing is fetched from the internet: images and charts come from the institution's registry. Given by the environment:
# TF_VAR_registry_auth, the content of a .dockerconfigjson for it.
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
  image       = "registry.university.example/scipy-notebook:2026-01-05"
}]
trial = {
  postgres = { image = "registry.university.example/postgres:17.6" }
  s3       = { image = "registry.university.example/versitygw:v1.8.0" }
  identity = {
    image  = "registry.university.example/dex:v2.44.0"
    people = { "ada@university.example" = "Ada Lovelace" }
  }
}
ingress_controller = {
  chart      = "traefik"
  repository = "oci://registry.university.example/charts"
  values     = "image: { registry: registry.university.example, repository: traefik }"
}
config = {
  mail = { transport = "smtp", host = "smtp.university.example", from = "JHaaS <jhaas@university.example>" }
  # The chart of hubs is in the image of workers.
  cluster = {
    placeholders      = { image = "registry.university.example/pause:3.10.2" }
    extra_values_file = "/etc/jhaas/hubs.yaml"
    internet          = false
    allowed_networks  = ["192.0.2.10/32"]
  }
}
values = [<<-YAML
  files:
    hubs.yaml: |
      hub: { image: { name: registry.university.example/k8s-hub, tag: 4.3.2 } }
      proxy: { chp: { image: { name: registry.university.example/configurable-http-proxy, tag: 5.3.0 } } }
      prePuller:
        hook: { image: { name: registry.university.example/k8s-image-awaiter, tag: 4.3.2 } }
        pause: { image: { name: registry.university.example/pause, tag: 3.10.2 } }
  YAML
]
