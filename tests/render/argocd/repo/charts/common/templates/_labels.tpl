{{- define "common.labels" -}}{common: "true", release: {{ .Release.Name }}}{{- end -}}
