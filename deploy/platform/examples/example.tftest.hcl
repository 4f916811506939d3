# An example is planned, without a cluster: tofu test -test-directory=examples -var-file=examples/minimal.tfvars
mock_provider "helm" {}
mock_provider "helm" { alias = "hubs" }
mock_provider "random" {}

# What the environment gives.
variables {
  state_passphrase           = "a passphrase of the test"
  database_url               = "postgres://jhaas:x@db.university.example/jhaas"
  objects_key                = { id = "id", secret = "secret" }
  hubs_dispatcher_kubeconfig = "apiVersion: v1"
}

run "is_planned" {
  command = plan
}
