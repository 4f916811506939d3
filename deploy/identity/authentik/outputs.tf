output "issuer" {
  description = "sign_in.providers.<key>.issuer, with its slash."
  value       = "${var.authentik_url}/application/o/${local.slug}/"
}

output "client_id" {
  description = "sign_in.providers.<key>.client_id"
  value       = authentik_provider_oauth2.portal.client_id
}

output "client_secret" {
  description = "sign_in.providers.<key>.client_secret; it is in the state too."
  value       = authentik_provider_oauth2.portal.client_secret
  sensitive   = true
}

output "roles" {
  description = "sign_in.providers.<key>.roles"
  value = {
    leader        = [local.groups.leaders]
    governance    = [local.groups.governance]
    administrator = [local.groups.administrators]
  }
}
