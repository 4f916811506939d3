# What is planned, without an Authentik.
mock_provider "authentik" {
  # The real one counts its OAuth2 providers.
  mock_resource "authentik_provider_oauth2" {
    defaults = {
      id = "7"
    }
  }
}

variables {
  authentik_url = "https://id.university.example"
  portal_url    = "https://jhaas.university.example"
  brand         = { title = "University" }
}

run "redirects_are_exact" {
  command = apply

  assert {
    condition = authentik_provider_oauth2.portal.allowed_redirect_uris == tolist([
      tomap({ matching_mode = "strict", url = "https://jhaas.university.example/sign-in/callback/university" }),
    ])
    error_message = "One address, compared letter by letter."
  }

  assert {
    condition     = authentik_stage_redirect.signed_out.target_static == "https://jhaas.university.example/signed-out" && authentik_stage_redirect.signed_out.mode == "static"
    error_message = "Signing out leads back to the portal and nowhere else."
  }

  assert {
    condition     = authentik_provider_oauth2.portal.client_type == "confidential" && authentik_provider_oauth2.portal.invalidation_flow == authentik_flow.sign_out.uuid
    error_message = "A client with a secret, and its own way out."
  }

  assert {
    condition     = output.issuer == "https://id.university.example/application/o/jhaas/"
    error_message = "The issuer is the application's address, with its slash."
  }
}

run "groups_are_those_that_the_portal_maps" {
  command = plan

  assert {
    condition     = toset([for group in authentik_group.role : group.name]) == toset(flatten(values(output.roles)))
    error_message = "Each role has its group."
  }
}

run "nobody_signs_up_without_terms_and_a_confirmed_address" {
  command = apply

  assert {
    condition     = authentik_stage_user_write.sign_up[0].create_users_as_inactive && authentik_stage_email.confirm[0].activate_user_on_success
    error_message = "Only the link in the mail makes an account usable."
  }

  assert {
    condition     = authentik_stage_prompt_field.terms.required && contains(authentik_stage_prompt.sign_up[0].fields, authentik_stage_prompt_field.terms.id)
    error_message = "The terms are asked for, and must be accepted."
  }

  assert {
    condition = (
      authentik_flow_stage_binding.sign_up["prompt"].order < authentik_flow_stage_binding.sign_up["write"].order &&
      authentik_flow_stage_binding.sign_up["write"].order < authentik_flow_stage_binding.sign_up["confirm"].order &&
      authentik_flow_stage_binding.sign_up["confirm"].order < authentik_flow_stage_binding.sign_up["login"].order
    )
    error_message = "The address is confirmed before anybody is signed in."
  }

  assert {
    condition     = strcontains(authentik_stage_prompt_field.terms.sub_text, "https://jhaas.university.example/terms")
    error_message = "The portal's terms are the default."
  }
}

run "who_decides_needs_a_second_factor" {
  command = apply

  assert {
    condition     = toset(keys(authentik_policy_binding.required)) == toset(["administrators", "governance"]) && toset(keys(authentik_policy_binding.optional)) == toset(keys(authentik_policy_binding.required))
    error_message = "Each group is in one of the two stages and never in both."
  }

  assert {
    condition     = authentik_stage_authenticator_validate.required.not_configured_action == "configure" && length(authentik_stage_authenticator_validate.required.configuration_stages) == 3
    error_message = "Who has none sets one up."
  }

  assert {
    condition     = alltrue([for binding in authentik_policy_binding.optional : binding.negate])
    error_message = "Everybody else is in the other stage."
  }

  assert {
    condition     = authentik_flow_stage_binding.required.order < authentik_flow_stage_binding.sign_in.order
    error_message = "Before anybody is signed in."
  }
}

run "a_new_password_signs_nobody_in" {
  command = plan

  assert {
    condition     = toset(keys(authentik_flow_stage_binding.recovery)) == toset(["email", "identification", "prompt", "write"]) && !authentik_stage_email.recovery.activate_user_on_success
    error_message = "The second factor counts after a new password too, and a locked account stays locked."
  }
}

run "an_institution_may_close_the_sign_up" {
  command = apply

  variables {
    sign_up                 = false
    addresses_are_confirmed = false
    provider_key            = "id"
  }

  assert {
    condition     = length(authentik_flow.sign_up) == 0 && authentik_stage_identification.identification.enrollment_flow == null
    error_message = "There is no flow and no link to it."
  }

  assert {
    condition     = strcontains(authentik_property_mapping_provider_scope.email.expression, "\"email_verified\": False")
    error_message = "Addresses that nobody confirmed are not called confirmed."
  }

  assert {
    condition     = authentik_provider_oauth2.portal.allowed_redirect_uris[0].url == "https://jhaas.university.example/sign-in/callback/id"
    error_message = "The key is a part of the redirect address."
  }
}

run "an_address_with_a_path_is_refused" {
  command = plan

  variables {
    portal_url = "https://jhaas.university.example/"
  }

  expect_failures = [var.portal_url]
}
