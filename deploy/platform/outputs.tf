output "url" {
  description = "Where the portal is."
  value       = local.url
}

output "first_administrator" {
  description = "Makes the first administrator; prints a link by which the person chooses a password."
  value       = "kubectl -n ${var.namespace} exec deploy/jhaas -- /usr/bin/jhaas admin create SOMEONE@EXAMPLE --name \"SOME ONE\" --role administrator"
}

output "people" {
  description = "Passwords of those who may sign in by the trial's identity provider, by mail address."
  value       = { for email, made in random_password.people : email => made.result }
  sensitive   = true
}

output "seal_key" {
  description = "Seals the secrets in the database: keep it apart from the database's backup."
  value       = random_bytes.seal.hex
  sensitive   = true
}
