# Portal and hubs apart, without a cluster.
mock_provider "helm" {}
mock_provider "helm" { alias = "hubs" }
mock_provider "random" {
  mock_resource "random_bytes" {
    defaults = { hex = "0707070707070707070707070707070707070707070707070707070707070707" }
  }
}

variables {
  state_passphrase = "a passphrase of the test"
  portal_cluster   = { kubeconfig = "kubeconfig", context = "portal" }
  hubs_cluster     = { kubeconfig = "kubeconfig", context = "hubs", dispatcher_user = "jhaas-dispatcher" }
  url              = "https://jhaas.university.example"
  hubs_domain      = "hubs.university.example"
  images = {
    portal = { repository = "registry.university.example/jhaas" }
    worker = { repository = "registry.university.example/jhaas-worker" }
  }
  catalogue    = [{ key = "python", title = "Python", description = "Python 3", image = "quay.io/jupyter/scipy-notebook:2026-01-05" }]
  database_url = "postgres://jhaas:x@db.university.example/jhaas"
  objects      = { endpoint = "https://s3.university.example", bucket = "a", states_bucket = "b" }
  objects_key  = { id = "id", secret = "secret" }
}

run "workers_have_their_rights_where_the_hubs_are_and_the_dispatcher_its_kubeconfig" {
  variables {
    hubs_dispatcher_kubeconfig = "apiVersion: v1"
    ingress_controller         = {}
    cert_manager               = { mail = "it@university.example" }
  }
  assert {
    condition     = length(helm_release.workers) == 1 && !local.values.workers.enabled
    error_message = "the workers"
  }
  assert {
    condition     = contains(local.secret_names, "jobs.kubeconfig")
    error_message = "the dispatcher"
  }
  assert {
    condition     = local.values.config.portal.internal_url == "https://jhaas.university.example"
    error_message = "hubs reach the portal by its public address"
  }
  assert {
    condition     = module.hubs_edge[0].spaces == toset(["cert-manager", "ingress"]) && local.values.config.cluster.tls == "cert_manager"
    error_message = "the way into both clusters"
  }
}

run "a_dispatcher_that_cannot_start_workers_is_noticed_at_once" {
  command         = plan
  expect_failures = [helm_release.jhaas]
}
