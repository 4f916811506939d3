# A forgotten password: a link by mail, a new password.

resource "authentik_flow" "recovery" {
  name           = "JHaaS: forgotten password"
  title          = "Choose a new password"
  slug           = "jhaas-recovery"
  designation    = "recovery"
  authentication = "require_unauthenticated"
}

resource "authentik_stage_identification" "recovery" {
  name                = "jhaas-recovery"
  user_fields         = ["username", "email"]
  pretend_user_exists = true
  show_matched_user   = false
}

resource "authentik_stage_email" "recovery" {
  name                = "jhaas-recovery"
  use_global_settings = true
  subject             = "Choose a new password"
  template            = "email/password_reset.html"
  # A locked account stays locked.
  activate_user_on_success = false
  token_expiry             = "minutes=60"
  recovery_max_attempts    = 5
  recovery_cache_timeout   = "minutes=5"
}

resource "authentik_stage_prompt" "recovery" {
  name                = "jhaas-new-password"
  fields              = [for field in authentik_stage_prompt_field.password : field.id]
  validation_policies = [authentik_policy_password.password.id]
}

resource "authentik_stage_user_write" "recovery" {
  name               = "jhaas-new-password"
  user_creation_mode = "never_create"
}

# Not signed in yet: the second factor counts after a new password as well.
resource "authentik_flow_stage_binding" "recovery" {
  for_each = {
    identification = { stage = authentik_stage_identification.recovery.id, order = 10 }
    email          = { stage = authentik_stage_email.recovery.id, order = 20 }
    prompt         = { stage = authentik_stage_prompt.recovery.id, order = 30 }
    write          = { stage = authentik_stage_user_write.recovery.id, order = 40 }
  }

  target = authentik_flow.recovery.uuid
  stage  = each.value.stage
  order  = each.value.order
}
