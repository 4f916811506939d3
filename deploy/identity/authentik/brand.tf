# How Authentik looks and what it does at its own address.

resource "authentik_brand" "own" {
  domain              = trimprefix(var.authentik_url, "https://")
  branding_title      = var.brand.title
  branding_logo       = var.brand.logo
  branding_favicon    = var.brand.icon
  flow_authentication = authentik_flow.sign_in.uuid
  flow_recovery       = authentik_flow.recovery.uuid
}
