# Secrets that nobody has to think of. They are in the state, which is encrypted, and in Secrets of the cluster.

# Seals the secrets in the database: keep a copy apart from the database's backup.
resource "random_bytes" "seal" {
  length = 32
}

# Of the trial's own services.
resource "random_password" "database" {
  length  = 32
  special = false
}

resource "random_password" "objects" {
  length  = 32
  special = false
}

resource "random_password" "identity" {
  length  = 32
  special = false
}

resource "random_password" "people" {
  for_each = local.has_people ? var.trial.identity.people : {}
  length   = 20
  special  = false
}

locals {
  trial_database = "postgres://jhaas:${random_password.database.result}@postgres.${local.trial_space}.svc:5432/jhaas"
  trial_key      = { id = "jhaas", secret = random_password.objects.result }
  people = jsonencode([for email, name in local.has_people ? var.trial.identity.people : {} : {
    id    = uuidv5("url", "mailto:${email}")
    email = email
    name  = name
    hash  = random_password.people[email].bcrypt_hash
  }])

  # None is given to a service that is not its own.
  key = var.objects == null ? local.trial_key : var.objects_key != null ? var.objects_key : { id = "", secret = "" }

  # A Secret that is made before anything wants to pull an image.
  has_registry = nonsensitive(var.registry_auth != null)
  pull_secrets = concat(var.images.pull_secrets, local.has_registry ? ["registry"] : [])
  registry_set = local.has_registry ? [{
    name  = "registryAuth"
    value = replace(var.registry_auth, "/[\\\\,{]/", "\\$0")
    type  = "string"
  }] : []

  secrets = merge({
    "keys.seal"                    = random_bytes.seal.hex
    "database.url"                 = var.database_url != null ? var.database_url : local.trial_database
    "objects.access_key_id"        = local.key.id
    "objects.secret_access_key"    = local.key.secret
    "tofu.state.access_key_id"     = local.key.id
    "tofu.state.secret_access_key" = local.key.secret
    "jobs.kubeconfig"              = var.hubs_dispatcher_kubeconfig
    "cluster.docker_config"        = var.registry_auth
    (local.client_secret)          = random_password.identity.result
  }, var.secrets)
  client_secret = "sign_in.providers.trial.client_secret"

  # That a setting is given is no secret, and is known before any secret is made.
  has_key = var.objects == null ? var.trial.s3 != null : nonsensitive(var.objects_key != null)
  is_given = {
    "keys.seal"                    = true
    "database.url"                 = nonsensitive(var.database_url != null) || var.trial.postgres != null
    "objects.access_key_id"        = local.has_key
    "objects.secret_access_key"    = local.has_key
    "tofu.state.access_key_id"     = local.has_key
    "tofu.state.secret_access_key" = local.has_key
    "jobs.kubeconfig"              = nonsensitive(var.hubs_dispatcher_kubeconfig != null)
    "cluster.docker_config"        = local.has_registry
    (local.client_secret)          = local.has_people
  }
  secret_names = sort(concat([for name, is in local.is_given : name if is], nonsensitive(keys(var.secrets))))
}
