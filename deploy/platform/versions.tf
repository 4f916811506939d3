terraform {
  # Write-only values need OpenTofu 1.11 or Terraform 1.11.
  required_version = ">= 1.11.0"

  required_providers {
    helm = {
      source  = "hashicorp/helm"
      version = "~> 3.1"
    }
    random = {
      source  = "hashicorp/random"
      version = "~> 3.9"
    }
  }
}

provider "helm" {
  kubernetes = {
    config_path    = var.portal_cluster.kubeconfig
    config_context = var.portal_cluster.context
  }
}

# The same cluster, unless hubs have one of their own.
provider "helm" {
  alias = "hubs"
  kubernetes = {
    config_path    = local.hubs_cluster.kubeconfig
    config_context = local.hubs_cluster.context
  }
}
