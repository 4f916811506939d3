# The values that zero-to-jupyterhub gets, without a cluster.
mock_provider "helm" {}

variables {
  course = {
    id            = "0190b5a0-0000-7000-8000-000000000001"
    slug          = "python-101"
    start_url     = "/lab"
    image         = { name = "registry.university.example:5000/team/notebook", tag = "2026.1" }
    per_person    = { cpu_millis = 1500, memory_mib = 3072, storage_mib = 5120 }
    shared_folder = "none"
  }
  limits = {
    active_servers               = 32
    concurrent_spawns            = 10
    cull_idle_seconds            = 3600
    server_start_timeout_seconds = 120
    cpu_millis                   = 48500
    memory_mib                   = 99328
    storage_mib                  = 164864
  }
  hub_url   = "https://python-101.hubs.university.example"
  portal    = { public = "https://jhaas.university.example", internal = "http://portal.jhaas:8000/" }
  client_id = "0190b5a0-0000-7000-8000-000000000001"
  secrets = {
    client_secret = "client-secret"
    hub_token     = "hub-token"
    crypt_key     = "5a5a"
    proxy_token   = "proxy-token"
  }
  secrets_revision = 1
  state_passphrase = "a passphrase of the test"
  cluster = {
    management_namespace = "jhaas-hubs"
    chart                = { name = "jupyterhub", repository = "https://charts.university.example", version = "4.3.2" }
  }
}

run "sizes_are_those_of_the_course" {
  command = plan
  assert {
    condition     = local.values.singleuser.memory.limit == "3072M" && local.values.singleuser.cpu.limit == 1.5
    error_message = "limits"
  }
  assert {
    condition     = local.values.singleuser.memory.guarantee == "1536M" && local.values.singleuser.cpu.guarantee == 0.375
    error_message = "guarantees"
  }
  assert {
    condition     = local.values.singleuser.storage.capacity == "5120Mi" && local.values.hub.activeServerLimit == 32
    error_message = "storage and servers"
  }
}

run "the_hub_is_found_by_its_public_name_and_the_portal_by_both" {
  command = plan
  assert {
    condition     = local.values.ingress.hosts == ["python-101.hubs.university.example"]
    error_message = "the host of the Ingress"
  }
  assert {
    condition     = local.values.hub.config.GenericOAuthenticator.oauth_callback_url == "https://python-101.hubs.university.example/hub/oauth_callback"
    error_message = "the redirect address"
  }
  assert {
    condition     = local.values.hub.config.GenericOAuthenticator.token_url == "http://portal.jhaas:8000/oidc/token"
    error_message = "the back channel"
  }
  assert {
    condition     = local.values.hub.config.GenericOAuthenticator.authorize_url == "https://jhaas.university.example/oidc/authorize"
    error_message = "the front channel"
  }
}

run "no_secret_is_among_the_values" {
  command = plan
  assert {
    condition     = !strcontains(jsonencode(local.values), "client-secret") && !strcontains(jsonencode(local.values), "hub-token")
    error_message = "a secret stands in the values"
  }
}

run "a_certificate_that_is_given_is_used" {
  command = plan
  variables {
    cluster = {
      management_namespace = "jhaas-hubs"
      chart                = { name = "jupyterhub", version = "4.3.2" }
      tls                  = "given"
    }
  }
  assert {
    condition     = local.values.ingress.tls[0].secretName == "hub-tls"
    error_message = "the Secret of the certificate"
  }
}

run "a_shared_folder_is_mounted_and_only_leaders_write_when_it_is_read_only" {
  command = plan
  variables {
    course = {
      id            = "0190b5a0-0000-7000-8000-000000000001"
      slug          = "python-101"
      start_url     = "/lab"
      image         = { name = "registry.university.example/team/notebook@sha256", tag = "0123" }
      per_person    = { cpu_millis = 500, memory_mib = 512, storage_mib = 1024 }
      shared_folder = "read_only"
    }
  }
  assert {
    condition     = local.values.singleuser.storage.extraVolumeMounts.jhaas-shared.readOnly
    error_message = "participants only read"
  }
  assert {
    condition     = strcontains(local.values.hub.extraConfig.jhaas, "leaders_write")
    error_message = "leaders write"
  }
}

run "without_internet_servers_reach_what_is_allowed" {
  command = plan
  variables {
    cluster = {
      management_namespace = "jhaas-hubs"
      chart                = { name = "jupyterhub", version = "4.3.2" }
      internet             = false
      allowed_networks     = ["192.0.2.0/24"]
    }
  }
  assert {
    condition     = local.values.singleuser.networkPolicy.egressAllowRules.nonPrivateIPs == false
    error_message = "the internet"
  }
  assert {
    condition     = local.values.singleuser.networkPolicy.egress[0].to[0].ipBlock.cidr == "192.0.2.0/24"
    error_message = "the allowed network"
  }
}
