variable "authentik_url" {
  description = "Public address of Authentik, without a slash at the end."
  type        = string

  validation {
    condition     = can(regex("^https://[^/]+$", var.authentik_url))
    error_message = "It must look like https://id.university.example."
  }
}

variable "portal_url" {
  description = "Public address of the portal (portal.public_url), without a slash at the end."
  type        = string

  validation {
    condition     = can(regex("^https://[^/]+$", var.portal_url))
    error_message = "It must look like https://jhaas.university.example."
  }
}

variable "provider_key" {
  description = "Name of the section below sign_in.providers in the portal's configuration."
  type        = string
  default     = "university"
}

variable "brand" {
  description = "How Authentik presents itself at its own address. Logo and icon are paths or addresses; the defaults of Authentik when null."
  type = object({
    title = string
    logo  = optional(string)
    icon  = optional(string)
  })
}

variable "sign_up" {
  description = "Whether people may make accounts themselves."
  type        = bool
  default     = true
}

variable "terms_url" {
  description = "The terms that people accept when they sign up; the portal's own when null."
  type        = string
  default     = null
}

variable "second_factor_for" {
  description = "Groups that must have a second factor; everybody else may. Of leaders, governance, administrators."
  type        = set(string)
  default     = ["governance", "administrators"]

  validation {
    condition     = alltrue([for name in var.second_factor_for : contains(["leaders", "governance", "administrators"], name)])
    error_message = "Only leaders, governance and administrators are known."
  }
}

variable "addresses_are_confirmed" {
  description = "Whether every mail address in Authentik was confirmed or comes from a source that knows: the portal trusts it then. Set it to false when people may change their address themselves (system settings)."
  type        = bool
  default     = true
}

variable "signing_certificate" {
  description = "Name of the certificate in Authentik whose key signs id tokens."
  type        = string
  default     = "authentik Self-signed Certificate"
}
