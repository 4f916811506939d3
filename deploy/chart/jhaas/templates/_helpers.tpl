{{/* Name of all that belongs to the release. */}}
{{- define "jhaas.name" -}}
{{- if contains "jhaas" .Release.Name -}}{{ .Release.Name }}{{- else -}}{{ .Release.Name }}-jhaas{{- end -}}
{{- end }}

{{/* Of objects that belong to no namespace. */}}
{{- define "jhaas.clusterName" -}}
{{ .Release.Namespace }}-{{ include "jhaas.name" . }}-worker
{{- end }}

{{/* What finds the objects of a component; takes root and component. */}}
{{- define "jhaas.selector" -}}
app.kubernetes.io/name: jhaas
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "jhaas.labels" -}}
{{ include "jhaas.selector" . }}
app.kubernetes.io/part-of: jhaas
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{/* Full reference of an image; takes root and image. */}}
{{- define "jhaas.image" -}}
{{- $image := .image -}}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ $image.tag | default .root.Chart.AppVersion }}
{{- end -}}
{{- end }}

{{- define "jhaas.pullSecrets" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end }}

{{/* A value as TOML: what JSON writes of texts and numbers is TOML too. */}}
{{- define "jhaas.toml" -}}
{{- if kindIs "map" . -}}
{{- $pairs := list -}}
{{- range $name, $value := . -}}
{{- $pairs = append $pairs (printf "%s = %s" (toJson $name) (include "jhaas.toml" $value)) -}}
{{- end -}}
{ {{ join ", " $pairs }} }
{{- else if kindIs "slice" . -}}
{{- $items := list -}}
{{- range . -}}
{{- $items = append $items (include "jhaas.toml" .) -}}
{{- end -}}
[{{ join ", " $items }}]
{{- else -}}
{{ toJson . }}
{{- end -}}
{{- end }}

{{/* What only shows when the first mail, or nobody's alert, should have come. */}}
{{- define "jhaas.checks" -}}
{{- $mail := .Values.config.mail | default dict -}}
{{- if not (or (eq ($mail.transport | default "") "smtp") $mail.folder) -}}
{{- fail "config.mail: transport must be smtp, with the host of the mail server; otherwise mails reach nobody (to try without, name a folder in which they may lie, such as /tmp/mails)" -}}
{{- end -}}
{{- if and .Values.monitoring.serviceMonitor.enabled .Values.networkPolicy.enabled (not .Values.networkPolicy.metricsFrom) -}}
{{- fail "networkPolicy.metricsFrom: must name who reads the numbers, for monitoring.serviceMonitor is enabled and nobody else may" -}}
{{- end -}}
{{- end }}

{{/* jhaas.toml. Keys of buckets are named because the program wants them to be: their values come from Secrets. */}}
{{- define "jhaas.config" -}}
{{- $keys := dict "access_key_id" "" "secret_access_key" "" -}}
{{- $name := include "jhaas.name" . -}}
{{- $settings := dict
  "portal" (dict
    "public_url" .Values.url
    "internal_url" (printf "http://%s.%s.svc:%v" $name .Release.Namespace .Values.service.port))
  "objects" (merge (dict "kind" "s3") $keys)
  "hubs" (dict "engine" "opentofu" "scheme" (splitList ":" .Values.url | first))
  "tofu" (dict "state" (deepCopy $keys))
  "cluster" (dict
    "management_namespace" .Values.workers.managementNamespace
    "chart" (dict "name" "charts/jupyterhub" "version" "4.3.2"))
  "dispatcher" (dict "launcher" "kubernetes")
  "jobs" (dict
    "namespace" .Release.Namespace
    "image" (include "jhaas.image" (dict "root" . "image" .Values.workers.image))
    "service_account" (printf "%s-worker" $name)
    "image_pull_secrets" .Values.imagePullSecrets)
-}}
{{- $own := dict "portal" (dict
  "listen" (list (printf "%s:8000" .Values.portal.address))
  "metrics_listen" (list (printf "%s:9000" .Values.portal.address)))
-}}
{{- range $section, $values := mustMergeOverwrite $settings (deepCopy .Values.config) $own }}
[{{ $section }}]
{{- range $name, $value := $values }}
{{ $name }} = {{ include "jhaas.toml" $value }}
{{- end }}
{{ end }}
{{- end }}

{{/* The data of the ConfigMap: the settings and the files beside them. */}}
{{- define "jhaas.files" -}}
{{- range $name, $text := .Values.files }}
{{ $name | quote }}: {{ toJson $text }}
{{- end }}
jhaas.toml: |
  {{- include "jhaas.config" . | trim | nindent 2 }}
{{- end }}

{{/* Changes when pods have to be started anew. */}}
{{- define "jhaas.checksum" -}}
{{ printf "%s%s" (include "jhaas.files" .) (toJson .Values.secrets) | sha256sum }}
{{- end }}

{{/* The secret settings of a role with where they are, as JSON; takes root, role and made (name of the Secret that the chart
     makes). What only the dispatcher needs reaches no pod that people talk to. */}}
{{- define "jhaas.secrets" -}}
{{- $made := .made -}}
{{- $all := list -}}
{{- range $setting, $value := .root.Values.secrets.create -}}
{{- $all = append $all (dict "setting" $setting "name" $made "key" $setting) -}}
{{- end -}}
{{- range .root.Values.secrets.existing -}}
{{- $all = append $all (dict "setting" .setting "name" .name "key" (.key | default .setting)) -}}
{{- end -}}
{{- $kept := list -}}
{{- $isDispatcher := eq .role "dispatcher" -}}
{{- range $all -}}
{{- $apart := or (hasPrefix "tofu." .setting) (regexMatch "\\.(kubeconfig|tls_certificate|tls_key|docker_config)$" .setting) -}}
{{- if or $isDispatcher (not $apart) -}}
{{- $kept = append $kept . -}}
{{- end -}}
{{- end -}}
{{ toJson $kept }}
{{- end }}

{{/* One container of the program with what it reads; takes root, role, made and args. */}}
{{- define "jhaas.container" -}}
name: {{ .role }}
image: {{ include "jhaas.image" (dict "root" .root "image" .root.Values.image) }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
args: {{ toJson .args }}
env:
  - { name: JHAAS_CONFIG, value: /etc/jhaas/jhaas.toml }
  {{- range include "jhaas.secrets" . | fromJsonArray }}
  - name: JHAAS_{{ .setting | replace "." "__" | upper }}_FILE
    value: /run/secrets/jhaas/{{ .setting }}
  {{- end }}
  {{- with .root.Values.env }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
volumeMounts:
  - { name: config, mountPath: /etc/jhaas, readOnly: true }
  - { name: secrets, mountPath: /run/secrets/jhaas, readOnly: true }
  - { name: tmp, mountPath: /tmp }
{{- end }}

{{/* What the pods of the program have in common; takes root, role, made and config (name of the ConfigMap). */}}
{{- define "jhaas.pod" -}}
{{- with include "jhaas.pullSecrets" .root }}
{{- . | trim }}
{{ end -}}
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile: { type: RuntimeDefault }
volumes:
  - name: config
    configMap: { name: {{ .config }} }
  - name: secrets
    projected:
      defaultMode: 288 # 0440
      sources:
        {{- range include "jhaas.secrets" . | fromJsonArray }}
        - secret:
            name: {{ .name }}
            items: [{ key: {{ .key | quote }}, path: {{ .setting | quote }} }]
        {{- else }}
        []
        {{- end }}
  - name: tmp
    emptyDir: {}
{{- end }}
