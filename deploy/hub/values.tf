# The values of the chart zero-to-jupyterhub, from what the course asks for.
locals {
  per_person = var.course.per_person
  tls        = startswith(var.hub_url, "https://")
  host       = split("/", split("://", var.hub_url)[1])[0]
  portal     = { for name, url in var.portal : name => trimsuffix(url, "/") }
  staff      = ["list:users", "read:users:name", "read:users:activity", "servers"]
  # The volume of the shared folder, if there is one.
  shared = var.course.shared_folder == "none" ? [] : ["jhaas-shared"]

  # The metadata service of a cloud gives the rights of the node to whoever asks.
  no_metadata = { egressAllowRules = { cloudMetadataServer = false } }

  values = {
    hub = {
      concurrentSpawnLimit = var.limits.concurrent_spawns
      activeServerLimit    = var.limits.active_servers
      allowNamedServers    = false
      db                   = { upgrade = true, pvc = { storageClassName = var.cluster.storage_class } }
      resources            = { requests = { cpu = "100m", memory = "256Mi" }, limits = { cpu = "400m", memory = "768Mi" } }
      networkPolicy        = local.no_metadata
      config = {
        JupyterHub = {
          authenticator_class = "generic-oauth"
          cookie_max_age_days = 1
          public_url          = "${var.hub_url}/"
          tornado_settings = {
            # A spawn is answered at once; pages and API follow its progress.
            slow_spawn_timeout = 0
            headers = {
              Content-Security-Policy = "frame-ancestors 'none'"
              Referrer-Policy         = "same-origin"
              X-Content-Type-Options  = "nosniff"
            }
          }
        }
        Authenticator = {
          auto_login        = true
          allow_all         = true
          enable_auth_state = true
          manage_groups     = true
          auth_refresh_age  = 60
          refresh_pre_spawn = false
        }
        GenericOAuthenticator = {
          client_id             = var.client_id
          login_service         = "JHaaS"
          enable_pkce           = true
          scope                 = ["openid", "profile", "groups", "offline_access"]
          authorize_url         = "${local.portal.public}/oidc/authorize"
          token_url             = "${local.portal.internal}/oidc/token"
          userdata_url          = "${local.portal.internal}/oidc/userinfo"
          oauth_callback_url    = "${var.hub_url}/hub/oauth_callback"
          logout_redirect_url   = "${local.portal.public}/oidc/end-session"
          username_claim        = "preferred_username"
          auth_state_groups_key = "oauth_user.groups"
        }
        KubeSpawner = {
          # A home outlives the account at the hub; only the worker removes one, and degrading all.
          delete_pvc = false
          # What the strictest of the Pod Security Standards asks besides what the chart sets.
          container_security_context = {
            allowPrivilegeEscalation = false
            runAsNonRoot             = true
            capabilities             = { drop = ["ALL"] }
            seccompProfile           = { type = "RuntimeDefault" }
          }
        }
        Spawner = {
          http_timeout = var.limits.server_start_timeout_seconds
          # Whoever runs code in a server, a visitor among them, can read its token: it must enter none.
          server_token_scopes = ["users:activity!user"]
          args = [
            # Whoever lost the right to enter is out of a running server within seconds.
            "--HubOAuth.cache_max_age=5",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            "--LabApp.news_url=None",
            "--LabApp.extension_manager=readonly",
            "--LanguageServerManager.autodetect=False",
          ]
        }
      }
      extraConfig = { jhaas = file("${path.module}/hub.py") }
      # The token comes with the secrets.
      services = { jhaas-portal = { display = false } }
      loadRoles = {
        jhaas-leader    = { groups = ["leader"], scopes = [for scope in local.staff : "${scope}!group=participant"] }
        jhaas-assistant = { groups = ["assistant"], scopes = [for scope in local.staff : "${scope}!group=participant"] }
        # JupyterHub lets nobody share what they may not enter: only so can the portal give staff a share of a participant's
        # server for some minutes. It never sends its own token to a server.
        jhaas-portal = {
          services = ["jhaas-portal"]
          scopes   = ["admin:users", "admin:servers", "servers", "tokens", "list:users", "read:hub", "shares", "access:servers"]
        }
      }
    }

    proxy = {
      # The Ingress leads here; nothing else is to.
      service = { type = "ClusterIP" }
      chp = {
        resources     = { requests = { cpu = "50m", memory = "64Mi" }, limits = { cpu = "100m", memory = "128Mi" } }
        networkPolicy = local.no_metadata
      }
    }

    singleuser = {
      image        = var.course.image
      defaultUrl   = var.course.start_url
      startTimeout = var.limits.server_start_timeout_seconds
      # Numerical libraries count the processors of the node otherwise.
      extraEnv = { OMP_NUM_THREADS = tostring(ceil(local.per_person.cpu_millis / 1000)) }
      memory   = { guarantee = "${floor(local.per_person.memory_mib / 2)}M", limit = "${local.per_person.memory_mib}M" }
      cpu      = { guarantee = local.per_person.cpu_millis / 4000, limit = local.per_person.cpu_millis / 1000 }
      # Network policies keep servers from it; a privileged container is not needed for that.
      cloudMetadata = { blockWithIptables = false }
      networkPolicy = {
        egress           = [for network in var.cluster.allowed_networks : { to = [{ ipBlock = { cidr = network } }] }]
        egressAllowRules = { nonPrivateIPs = var.cluster.internet }
      }
      storage = {
        capacity     = "${local.per_person.storage_mib}Mi"
        dynamic      = { storageClass = var.cluster.storage_class }
        extraVolumes = { for name in local.shared : name => { name = name, persistentVolumeClaim = { claimName = "shared" } } }
        # hub.py lets leaders write all the same.
        extraVolumeMounts = { for name in local.shared : name => {
          name      = name
          mountPath = "/home/jovyan/shared"
          readOnly  = var.course.shared_folder == "read_only"
        } }
      }
    }

    ingress = {
      enabled          = true
      ingressClassName = var.cluster.ingress_class
      annotations      = var.cluster.ingress_annotations
      hosts            = [local.host]
      tls = !local.tls ? [] : [merge(
        { hosts = [local.host] },
        var.cluster.tls == "controller" ? {} : { secretName = "hub-tls" },
      )]
    }

    cull = {
      enabled = var.limits.cull_idle_seconds > 0
      timeout = max(1, var.limits.cull_idle_seconds)
      every   = max(1, min(60, floor(var.limits.cull_idle_seconds / 2)))
    }

    prePuller  = { hook = { enabled = var.cluster.pre_pull }, continuous = { enabled = var.cluster.pre_pull } }
    scheduling = { userScheduler = { enabled = false } }

    imagePullSecrets = var.cluster.private_registry ? [{ name = "registry" }] : []
  }
}
