# An example is planned, without a cluster: tofu test -test-directory=examples -var-file=examples/minimal.tfvars
mock_provider "helm" {}
mock_provider "helm" { alias = "hubs" }
mock_provider "random" {}

# What else an example needs, it says; the environment gives it.
variables {
  state_passphrase = "a passphrase of the test"
}

run "is_planned" {
  command = plan
}
