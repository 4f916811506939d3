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
    url         = null
    hubs_domain = null
    domain      = "university.example"
    trial = {
      postgres = {}
      s3       = { image = "registry.university.example:5000/versitygw@sha256:0707070707070707070707070707070707070707070707070707070707070707" }
      identity = { people = { "ada@university.example" = "Ada Lovelace", "grace@university.example" = "Grace Hopper" } }
    }
    values = ["ingress: { className: one }", "ingress: { className: traefik }", "portal: { replicas: 1 }"]
  }
  assert {
    condition     = length(helm_release.trial) == 1 && length(helm_release.workers) == 0
    error_message = "the releases"
  }
  assert {
    condition     = output.url == "https://jhaas.university.example" && local.values.config.hubs.domain == "hubs.university.example"
    error_message = "the addresses"
  }
  assert {
    condition     = local.values.config.sign_in.providers.trial.issuer == "https://jhaas.university.example/identity"
    error_message = "the identity provider"
  }
  assert {
    condition     = local.identity.ingressClass == "traefik"
    error_message = "the class of its Ingress is the portal's"
  }
  assert {
    condition = toset(jsondecode(local.people)[*].email) == toset(keys(output.people)) && alltrue([
      for person in jsondecode(local.people) : person.hash == random_password.people[person.email].bcrypt_hash
    ])
    error_message = "the people"
  }
  assert {
    condition     = !issensitive(output.url) && issensitive(output.people)
    error_message = "passwords of people are printed"
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
      "sign_in.providers.trial.client_secret", "tofu.state.access_key_id", "tofu.state.secret_access_key",
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
  assert {
    condition     = !can(local.values.config.sign_in.providers) && !contains(local.secret_names, "sign_in.providers.trial.client_secret")
    error_message = "the identity provider"
  }
}

run "what_is_the_institutions_own_counts_more_so_that_a_trial_can_be_left" {
  variables {
    trial        = { postgres = {}, s3 = {} }
    database_url = "postgres://jhaas:x@db.university.example/jhaas"
    objects      = { endpoint = "https://s3.university.example", bucket = "a", states_bucket = "b" }
    objects_key  = { id = "id", secret = "secret" }
  }
  assert {
    condition     = length(helm_release.trial) == 1
    error_message = "the trial stays until it is taken away"
  }
  assert {
    condition     = local.secrets["database.url"] == "postgres://jhaas:x@db.university.example/jhaas"
    error_message = "the database"
  }
  assert {
    condition     = local.values.config.objects.endpoint == "https://s3.university.example" && local.secrets["objects.access_key_id"] == "id"
    error_message = "the buckets"
  }
}

run "the_trials_key_is_told_to_no_other_service" {
  variables {
    trial        = { s3 = {} }
    database_url = "postgres://jhaas:x@db.university.example/jhaas"
    objects      = { endpoint = "https://s3.university.example", bucket = "a", states_bucket = "b" }
  }
  assert {
    condition     = local.secret_names == tolist(["database.url", "keys.seal"])
    error_message = "the keys"
  }
}

run "an_identity_provider_alone_leaves_database_and_buckets_to_the_institution" {
  variables {
    trial        = { identity = { people = { "ada@university.example" = "Ada Lovelace" } } }
    database_url = "postgres://jhaas:x@db.university.example/jhaas"
    objects      = { endpoint = "https://s3.university.example", bucket = "a", states_bucket = "b" }
    objects_key  = { id = "id", secret = "secret" }
  }
  assert {
    condition     = local.values.config.sign_in.providers.trial.client_id == "jhaas"
    error_message = "the identity provider"
  }
  assert {
    condition     = local.values.config.objects.endpoint == "https://s3.university.example"
    error_message = "the buckets"
  }
}

run "passwords_are_not_asked_for_in_the_clear" {
  command = plan
  variables {
    url   = "http://jhaas.university.example"
    trial = { postgres = {}, s3 = {}, identity = { people = { "ada@university.example" = "Ada Lovelace" } } }
  }
  expect_failures = [helm_release.trial]
}

run "without_an_address_nothing_is_installed" {
  command = plan
  variables {
    url   = null
    trial = { postgres = {}, s3 = {} }
  }
  expect_failures = [var.domain]
}

run "without_buckets_nothing_is_installed" {
  command         = plan
  expect_failures = [helm_release.jhaas]
}
