# The values of the chart jhaas.
locals {
  issuer = { "cert-manager.io/cluster-issuer" = "jhaas" }
  buckets = var.objects != null ? var.objects : {
    endpoint      = "http://s3.${local.trial_space}.svc:7070"
    region        = "us-east-1"
    bucket        = "jhaas"
    states_bucket = "jhaas-states"
    prefix        = ""
    states_prefix = ""
  }

  # Its Ingress is of the portal's class.
  identity = !local.has_people ? null : {
    image        = var.trial.identity.image
    url          = local.url
    ingressClass = try(reverse([for text in var.values : yamldecode(text).ingress.className if can(yamldecode(text).ingress.className)])[0], "")
  }

  values = {
    url              = local.url
    image            = var.images.portal
    imagePullSecrets = local.pull_secrets
    workers = {
      enabled                   = !local.two_clusters
      image                     = var.images.worker
      managementNamespace       = local.hubs_space
      createManagementNamespace = false
    }
    ingress = { for name, value in {
      annotations = local.issuer
      tlsSecret   = "jhaas-tls"
    } : name => value if local.has_issuer }
    config = {
      # Hubs on another cluster do not reach the Service.
      portal = { for name, value in { internal_url = local.url } : name => value if local.two_clusters }
      hubs   = { domain = local.hubs_domain }
      objects = {
        endpoint = local.buckets.endpoint
        region   = local.buckets.region
        bucket   = local.buckets.bucket
        prefix   = local.buckets.prefix
      }
      tofu = {
        state = {
          endpoint = local.buckets.endpoint
          region   = local.buckets.region
          bucket   = local.buckets.states_bucket
          prefix   = local.buckets.states_prefix
        }
      }
      cluster = { for name, value in {
        tls                 = "cert_manager"
        ingress_annotations = local.issuer
      } : name => value if local.has_issuer }
      sign_in = { for name, value in {
        providers = { trial = {
          name      = "Trial account"
          names     = { de = "Testkonto" }
          issuer    = "${local.url}/identity"
          client_id = "jhaas"
          scopes    = ["openid", "profile", "email", "offline_access"]
          # As Dex does it.
          one_refresh_token = true
        } }
      } : name => value if local.has_people }
      policy = { catalogue = var.catalogue }
    }
  }
}
