# Making an account: terms, password, and a mail that confirms the address before anything can be done with it.

locals {
  terms_url = coalesce(var.terms_url, "${var.portal_url}/terms")

  sign_up_fields = {
    username = { type = "username", label = "User name", order = 10 }
    name     = { type = "text", label = "Name", order = 20 }
    email    = { type = "email", label = "Mail address", order = 30 }
  }
  password_fields = {
    password        = { type = "password", label = "Password", order = 40 }
    password_repeat = { type = "password", label = "Password, again", order = 50 }
  }
}

resource "authentik_policy_password" "password" {
  name                   = "jhaas-password"
  password_field         = "password"
  check_static_rules     = true
  length_min             = 12
  check_zxcvbn           = true
  zxcvbn_score_threshold = 2
  error_message          = "At least 12 characters. A sentence of several words is easy to remember and hard to guess."
}

resource "authentik_stage_prompt_field" "sign_up" {
  for_each = local.sign_up_fields

  name      = "jhaas-sign-up-${each.key}"
  field_key = each.key
  type      = each.value.type
  label     = each.value.label
  required  = true
  order     = each.value.order
}

resource "authentik_stage_prompt_field" "password" {
  for_each = local.password_fields

  name      = "jhaas-${replace(each.key, "_", "-")}"
  field_key = each.key
  type      = each.value.type
  label     = each.value.label
  required  = true
  order     = each.value.order
}

resource "authentik_stage_prompt_field" "terms" {
  name      = "jhaas-terms"
  field_key = "attributes.jhaas_terms_accepted"
  type      = "checkbox"
  label     = "I accept the terms of use"
  sub_text  = "<a href=\"${local.terms_url}\" target=\"_blank\" rel=\"noopener\">${local.terms_url}</a>"
  required  = true
  order     = 60
}

resource "authentik_flow" "sign_up" {
  count = var.sign_up ? 1 : 0

  name           = "JHaaS: sign up"
  title          = "Make an account"
  slug           = "jhaas-sign-up"
  designation    = "enrollment"
  authentication = "require_unauthenticated"
}

resource "authentik_stage_prompt" "sign_up" {
  count = var.sign_up ? 1 : 0

  name = "jhaas-sign-up"
  fields = concat(
    [for field in authentik_stage_prompt_field.sign_up : field.id],
    [for field in authentik_stage_prompt_field.password : field.id],
    [authentik_stage_prompt_field.terms.id],
  )
  validation_policies = [authentik_policy_password.password.id]
}

# Nobody can sign in before the mail's link was followed.
resource "authentik_stage_user_write" "sign_up" {
  count = var.sign_up ? 1 : 0

  name                     = "jhaas-sign-up"
  user_creation_mode       = "always_create"
  create_users_as_inactive = true
  user_type                = "external"
  user_path_template       = "users/jhaas"
}

resource "authentik_stage_email" "confirm" {
  count = var.sign_up ? 1 : 0

  name                     = "jhaas-confirm-address"
  use_global_settings      = true
  subject                  = "Confirm your mail address"
  template                 = "email/account_confirmation.html"
  activate_user_on_success = true
  token_expiry             = "hours=24"
}

resource "authentik_flow_stage_binding" "sign_up" {
  for_each = var.sign_up ? {
    prompt  = { stage = authentik_stage_prompt.sign_up[0].id, order = 10 }
    write   = { stage = authentik_stage_user_write.sign_up[0].id, order = 20 }
    confirm = { stage = authentik_stage_email.confirm[0].id, order = 30 }
    login   = { stage = authentik_stage_user_login.sign_in.id, order = 40 }
  } : {}

  target = authentik_flow.sign_up[0].uuid
  stage  = each.value.stage
  order  = each.value.order
}
