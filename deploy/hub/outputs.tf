output "namespace" {
  description = "The namespace of the course."
  value       = local.namespace
}
