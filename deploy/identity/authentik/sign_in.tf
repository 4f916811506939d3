# Signing in: name or address with password, then the second factor.

resource "authentik_flow" "sign_in" {
  name           = "JHaaS: sign in"
  title          = var.brand.title
  slug           = "jhaas-sign-in"
  designation    = "authentication"
  authentication = "none"
}

resource "authentik_stage_password" "password" {
  name     = "jhaas-password"
  backends = ["authentik.core.auth.InbuiltBackend", "authentik.sources.ldap.auth.LDAPBackend"]
}

resource "authentik_stage_identification" "identification" {
  name                = "jhaas-identification"
  user_fields         = ["username", "email"]
  password_stage      = authentik_stage_password.password.id
  enrollment_flow     = var.sign_up ? authentik_flow.sign_up[0].uuid : null
  recovery_flow       = authentik_flow.recovery.uuid
  pretend_user_exists = true
  show_matched_user   = false
}

resource "authentik_stage_authenticator_totp" "totp" {
  name          = "jhaas-totp"
  friendly_name = "App on a phone"
  digits        = "6"
}

resource "authentik_stage_authenticator_webauthn" "webauthn" {
  name              = "jhaas-webauthn"
  friendly_name     = "Security key or passkey"
  user_verification = "preferred"
}

resource "authentik_stage_authenticator_static" "codes" {
  name          = "jhaas-codes"
  friendly_name = "Codes on paper"
  token_count   = 6
}

locals {
  device_classes = ["totp", "webauthn", "static"]
}

# Who has a second factor is asked for it.
resource "authentik_stage_authenticator_validate" "optional" {
  name                  = "jhaas-second-factor"
  device_classes        = local.device_classes
  not_configured_action = "skip"
}

# Who must have one and has none sets it up now.
resource "authentik_stage_authenticator_validate" "required" {
  name                  = "jhaas-second-factor-required"
  device_classes        = local.device_classes
  not_configured_action = "configure"
  configuration_stages = [
    authentik_stage_authenticator_webauthn.webauthn.id,
    authentik_stage_authenticator_totp.totp.id,
    authentik_stage_authenticator_static.codes.id,
  ]
}

resource "authentik_stage_user_login" "sign_in" {
  name             = "jhaas-sign-in"
  session_duration = "hours=12"
}

resource "authentik_flow_stage_binding" "identification" {
  target = authentik_flow.sign_in.uuid
  stage  = authentik_stage_identification.identification.id
  order  = 10
}

# Whose turn it is becomes known only in the flow.
resource "authentik_flow_stage_binding" "required" {
  target               = authentik_flow.sign_in.uuid
  stage                = authentik_stage_authenticator_validate.required.id
  order                = 20
  evaluate_on_plan     = false
  re_evaluate_policies = true
  policy_engine_mode   = "any"
}

resource "authentik_flow_stage_binding" "optional" {
  target               = authentik_flow.sign_in.uuid
  stage                = authentik_stage_authenticator_validate.optional.id
  order                = 30
  evaluate_on_plan     = false
  re_evaluate_policies = true
  policy_engine_mode   = "all"
}

# A binding without any policy is for everybody: one that lets nobody through stands beside those of the groups.
resource "authentik_policy_expression" "nobody" {
  name       = "jhaas-nobody"
  expression = "return False"
}

resource "authentik_policy_binding" "required_of_nobody" {
  target = authentik_flow_stage_binding.required.id
  policy = authentik_policy_expression.nobody.id
  order  = 0
}

resource "authentik_policy_binding" "required" {
  for_each = var.second_factor_for

  target = authentik_flow_stage_binding.required.id
  group  = authentik_group.role[each.key].id
  order  = 10
}

resource "authentik_policy_binding" "optional" {
  for_each = var.second_factor_for

  target = authentik_flow_stage_binding.optional.id
  group  = authentik_group.role[each.key].id
  negate = true
  order  = 10
}

resource "authentik_flow_stage_binding" "sign_in" {
  target = authentik_flow.sign_in.uuid
  stage  = authentik_stage_user_login.sign_in.id
  order  = 40
}
