# What is installed on one cluster, without one.
mock_provider "helm" {}
mock_provider "helm" { alias = "hubs" }
mock_provider "random" {
  mock_resource "random_bytes" {
    defaults = { hex = "0707070707070707070707070707070707070707070707070707070707070707" }
  }
}

variables {
  state_passphrase = "a passphrase of the test"
  portal_cluster   = { kubeconfig = "kubeconfig" }
  url              = "https://jhaas.university.example"
  hubs_domain      = "hubs.university.example"
  images = {
    portal = { repository = "registry.university.example/jhaas" }
    worker = { repository = "registry.university.example/jhaas-worker" }
  }
  catalogue = [{ key = "python", title = "Python", description = "Python 3", image = "quay.io/jupyter/scipy-notebook:2026-01-05" }]
}

run "a_trial_brings_what_the_portal_needs" {
  variables {
    trial = { postgres = {}, s3 = {} }
  }
  assert {
    condition     = length(helm_release.trial) == 1 && length(helm_release.workers) == 0
    error_message = "the releases"
  }
  assert {
    condition     = strcontains(local.secrets["database.url"], "@postgres.jhaas-trial.svc:5432/jhaas")
    error_message = "the database"
  }
  assert {
    condition     = local.values.config.objects.endpoint == "http://s3.jhaas-trial.svc:7070"
    error_message = "the buckets"
  }
  assert {
    condition = local.secret_names == tolist([
      "database.url", "keys.seal", "objects.access_key_id", "objects.secret_access_key",
      "tofu.state.access_key_id", "tofu.state.secret_access_key",
    ])
    error_message = "the secrets"
  }
  assert {
    condition     = output.seal_key == "0707070707070707070707070707070707070707070707070707070707070707"
    error_message = "the key"
  }
}

run "what_is_the_institutions_own_is_not_brought_along" {
  variables {
    database_url = "postgres://jhaas:x@db.university.example/jhaas"
    objects      = { endpoint = "https://s3.university.example", bucket = "a", states_bucket = "b" }
    objects_key  = { id = "id", secret = "secret" }
    secrets      = { "mail.password" = "password" }
  }
  assert {
    condition     = length(helm_release.trial) == 0
    error_message = "the trial"
  }
  assert {
    condition     = local.secrets["database.url"] == "postgres://jhaas:x@db.university.example/jhaas"
    error_message = "the database"
  }
  assert {
    condition     = local.values.config.tofu.state.bucket == "b" && local.secrets["tofu.state.secret_access_key"] == "secret"
    error_message = "the buckets"
  }
  assert {
    condition     = contains(local.secret_names, "mail.password")
    error_message = "more secrets"
  }
}

run "without_buckets_nothing_is_installed" {
  command         = plan
  expect_failures = [helm_release.jhaas]
}
