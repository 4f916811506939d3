terraform {
  required_version = ">= 1.8.0"

  required_providers {
    authentik = {
      source  = "goauthentik/authentik"
      version = "~> 2026.2"
    }
  }
}

# Address and token come from the environment: AUTHENTIK_URL and AUTHENTIK_TOKEN.
provider "authentik" {}
