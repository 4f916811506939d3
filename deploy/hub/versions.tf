terraform {
  # Write-only values need OpenTofu 1.11 or Terraform 1.11.
  required_version = ">= 1.11.0"

  required_providers {
    helm = {
      source  = "hashicorp/helm"
      version = "~> 3.1"
    }
  }

  # Bucket, key, endpoint and lock come from the worker (`-backend-config`), keys from its environment.
  backend "s3" {}
}

# The cluster comes from the environment: KUBE_CONFIG_PATH, or the pod that the worker is.
provider "helm" {}
