# The portal as an application, and the groups that mean roles there.

locals {
  groups = {
    leaders        = "jhaas-leaders"
    governance     = "jhaas-governance"
    administrators = "jhaas-administrators"
  }
  slug     = "jhaas"
  callback = "${var.portal_url}/sign-in/callback/${var.provider_key}"
}

resource "authentik_group" "role" {
  for_each = local.groups

  name = each.value
}

data "authentik_flow" "authorization" {
  slug = "default-provider-authorization-implicit-consent"
}

data "authentik_certificate_key_pair" "signing" {
  name = var.signing_certificate
}

# Authentik's own for openid, profile (with the groups' names) and offline_access (with a refresh token).
data "authentik_property_mapping_provider_scope" "own" {
  managed_list = [
    "goauthentik.io/providers/oauth2/scope-openid",
    "goauthentik.io/providers/oauth2/scope-profile",
    "goauthentik.io/providers/oauth2/scope-offline_access",
  ]
}

# Authentik's own mapping calls no address confirmed.
resource "authentik_property_mapping_provider_scope" "email" {
  name       = "jhaas-email"
  scope_name = "email"
  expression = <<-EOT
    return {
        "email": request.user.email,
        "email_verified": ${var.addresses_are_confirmed ? "True" : "False"},
    }
  EOT
}

resource "authentik_provider_oauth2" "portal" {
  name               = "JHaaS"
  client_id          = "jhaas-portal"
  client_type        = "confidential"
  authorization_flow = data.authentik_flow.authorization.id
  invalidation_flow  = authentik_flow.sign_out.uuid

  # Compared letter by letter.
  allowed_redirect_uris = [{ matching_mode = "strict", url = local.callback }]

  signing_key                = data.authentik_certificate_key_pair.signing.id
  issuer_mode                = "per_provider"
  sub_mode                   = "hashed_user_id"
  include_claims_in_id_token = true
  property_mappings = concat(
    data.authentik_property_mapping_provider_scope.own.ids,
    [authentik_property_mapping_provider_scope.email.id],
  )

  access_code_validity   = "minutes=1"
  access_token_validity  = "minutes=5"
  refresh_token_validity = "days=7"
}

resource "authentik_application" "portal" {
  name              = "JHaaS"
  slug              = local.slug
  protocol_provider = authentik_provider_oauth2.portal.id
  meta_launch_url   = "${var.portal_url}/"
}

# Signing out of the portal signs out here, and leads back to this address and no other.
resource "authentik_flow" "sign_out" {
  name        = "JHaaS: sign out"
  title       = "Sign out"
  slug        = "jhaas-sign-out"
  designation = "invalidation"
}

resource "authentik_stage_user_logout" "sign_out" {
  name = "jhaas-sign-out"
}

resource "authentik_stage_redirect" "signed_out" {
  name          = "jhaas-signed-out"
  mode          = "static"
  target_static = "${var.portal_url}/signed-out"
}

resource "authentik_flow_stage_binding" "sign_out" {
  target = authentik_flow.sign_out.uuid
  stage  = authentik_stage_user_logout.sign_out.id
  order  = 10
}

resource "authentik_flow_stage_binding" "signed_out" {
  target = authentik_flow.sign_out.uuid
  stage  = authentik_stage_redirect.signed_out.id
  order  = 20
}
