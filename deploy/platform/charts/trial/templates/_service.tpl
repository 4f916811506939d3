{{- define "trial.labels" -}}
app.kubernetes.io/name: {{ . }}
app.kubernetes.io/part-of: jhaas
{{- end }}

{{/* The bounds of a container. */}}
{{- define "trial.bounds" -}}
imagePullPolicy: IfNotPresent
resources: { requests: { cpu: 50m, memory: 64Mi }, limits: { memory: 512Mi } }
securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: [ALL] } }
{{- end }}

{{/* One service on one volume; takes root, name, port and user. The templates trial.NAME.secret and trial.NAME.containers say what
     its Secret holds and what runs. */}}
{{- define "trial.service" -}}
{{- $labels := include "trial.labels" .name -}}
{{- $secret := include (printf "trial.%s.secret" .name) .root -}}
apiVersion: v1
kind: Secret
metadata:
  name: {{ .name }}
  labels:
    {{- $labels | nindent 4 }}
stringData:
  {{- $secret | nindent 2 }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ .name }}
  labels:
    {{- $labels | nindent 4 }}
spec:
  selector:
    {{- $labels | nindent 4 }}
  ports: [{ name: main, port: {{ .port }}, targetPort: main }]
---
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: {{ .name }}
  labels:
    {{- $labels | nindent 4 }}
spec:
  serviceName: {{ .name }}
  selector:
    matchLabels:
      {{- $labels | nindent 6 }}
  # What was tried goes with it.
  persistentVolumeClaimRetentionPolicy: { whenDeleted: Delete, whenScaled: Retain }
  template:
    metadata:
      labels:
        {{- $labels | nindent 8 }}
      annotations: { jhaas.org/checksum: {{ sha256sum $secret }} }
    spec:
      automountServiceAccountToken: false
      enableServiceLinks: false
      {{- with .root.Values.imagePullSecrets }}
      imagePullSecrets:
        {{- range . }}
        - name: {{ . }}
        {{- end }}
      {{- end }}
      securityContext:
        runAsNonRoot: true
        runAsUser: {{ .user }}
        runAsGroup: {{ .user }}
        fsGroup: {{ .user }}
        # A database refuses a folder that its group may write to.
        fsGroupChangePolicy: OnRootMismatch
        seccompProfile: { type: RuntimeDefault }
      volumes:
        - name: secret
          secret:
            secretName: {{ .name }}
            defaultMode: 288 # 0440
        - name: tmp
          emptyDir: {}
      {{- include (printf "trial.%s.containers" .name) .root | nindent 6 }}
          ports: [{ name: main, containerPort: {{ .port }} }]
          readinessProbe: { tcpSocket: { port: main }, periodSeconds: 2 }
          livenessProbe: { tcpSocket: { port: main }, periodSeconds: 10, failureThreshold: 12 }
          {{- include "trial.bounds" . | nindent 10 }}
  volumeClaimTemplates:
    - metadata:
        name: data
        labels:
          {{- $labels | nindent 10 }}
      spec:
        accessModes: [ReadWriteOnce]
        {{- with .root.Values.storageClass }}
        storageClassName: {{ . }}
        {{- end }}
        resources: { requests: { storage: {{ .root.Values.storage }} } }
{{- end }}
