# Pages around a hub: consent, not yet open, over, unknown address.

# Warum eine Bereitstellung gescheitert ist, für Kursleitungen und Administration; hinter `failure-` steht der Code.
failure-cancelled = Der Vorgang wurde angehalten, bevor er fertig war.
failure-deadline-passed = Der Vorgang dauerte länger als erlaubt und wurde angehalten.
failure-secrets-missing = Der Vorgang konnte nicht beginnen, weil die nötigen Zugangsdaten nicht übergeben wurden.
failure-http-settings = Eine Adresse oder eine Zertifikatsdatei in den Einstellungen ist nicht verwendbar.

failure-python-missing = Auf diesem Rechner wurde kein Python gefunden. Bitte installieren Sie Python { $oldest } oder neuer (unter Debian und Ubuntu die Pakete python3 und python3-venv).
failure-python-too-old = Python { $found } ist für die Hubs zu alt. Bitte installieren Sie Python { $oldest } oder neuer.
failure-python-too-new = Python { $found } ist neuer, als die Pakete der Hubs es kennen. Bitte installieren Sie zusätzlich ein Python von { $oldest } bis { $newest }.
failure-python-venv-missing = Python kann hier keine Umgebungen anlegen. Bitte installieren Sie das Paket { $package } (Debian und Ubuntu) oder das Programm „uv“.
failure-python-unusable = Das für die Hubs gewählte Python lässt sich nicht starten.
failure-python-packages-failed = Die Python-Pakete für die Hubs konnten nicht installiert werden. Meist ist der Paketindex von diesem Rechner aus nicht erreichbar.
failure-python-folder-failed = Der Ordner für Python-Umgebungen ist nicht verwendbar: { $folder }
failure-git-missing = Git wurde nicht gefunden. Bitte installieren Sie das Paket „git“; damit wird das Kursmaterial geholt.

failure-hub-folder-failed = Der Ordner des Hubs ist nicht verwendbar: { $folder }
failure-hub-busy = Am Hub wird noch gearbeitet. Es wird erneut versucht.
failure-gateway-missing = Der Weg vom Browser zum Hub ist nicht offen: Das Portal läuft auf diesem Rechner nicht.
failure-keeper-start-failed = Das Programm, das den Hub am Laufen hält, konnte nicht gestartet werden.
failure-hub-start-failed = JupyterHub hat sich beim Starten beendet. Was es dazu gesagt hat, steht in den Einzelheiten.
failure-hub-start-timeout = JupyterHub hat nicht rechtzeitig geantwortet.
failure-hub-route-missing = Der Hub läuft, ist aber unter { $address } nicht erreichbar.
failure-hub-stop-incomplete = Etwas vom Hub ließ sich nicht beenden.
failure-hub-stop-unknown = Es lässt sich nicht feststellen, ob noch Prozesse des Hubs laufen.

failure-image-unknown = Die Umgebung dieses Kurses nennt kein Image für Cluster.
failure-image-missing = Ein Image des Hubs kann nicht geholt werden: Es existiert nicht oder darf nicht gelesen werden.
failure-registry-away = Die Registry eines Images des Hubs antwortet nicht.
failure-cluster-settings = Die Einstellungen des Clusters sind nicht verwendbar.
failure-cluster-unreachable = Der Cluster ist nicht erreichbar.
failure-cluster-forbidden = Der Cluster erlaubt nicht, was für einen Hub nötig ist.
failure-cluster-full = Der Cluster hat zurzeit keinen Platz für den Hub.
failure-quota = Der Hub braucht mehr, als für diesen Kurs vorgesehen ist.
failure-pod-refused = Der Cluster lässt einen Pod des Hubs nicht zu.
failure-volume = Der Cluster kann den Speicher für den Hub nicht bereitstellen.
failure-chart = Das Chart des Hubs ist mit den Einstellungen nicht verwendbar.
failure-tofu-missing = OpenTofu lässt sich nicht starten.
failure-tofu-folder = Die Konfiguration des Hubs kann nicht für OpenTofu bereitgelegt werden.
failure-tofu-init = OpenTofu lässt sich für den Hub nicht vorbereiten.
failure-tofu-plan = OpenTofu kann nicht planen, was zu ändern ist.
failure-plan-loses-homes = Die Änderung würde entfernen, was Personen gespeichert haben, und wird nicht vorgenommen.
failure-tofu-apply = OpenTofu konnte nicht alle Änderungen vornehmen.
failure-tofu-inconsistent = OpenTofu hat ein anderes Ergebnis vorgefunden als geplant.
failure-state-settings = Der Speicher für die Zustände ist mit den Einstellungen nicht verwendbar.
failure-state-not-read = Der Zustand des Hubs ist zurzeit nicht lesbar.
failure-state-not-written = Der Zustand des Hubs lässt sich zurzeit nicht speichern.

failure-check-sign-in-failed = Der Hub läuft, aber die Anmeldung über das Portal gelingt nicht.
failure-check-server-not-started = Der Hub läuft, aber der Server einer Person startet nicht.
failure-check-server-not-reachable = Der Server einer Person startet, ist aber nicht erreichbar.
failure-check-kernel-not-started = Der Server einer Person läuft, aber darin startet kein Notebook-Kernel.
failure-check-kernel-died = Der Notebook-Kernel ist abgebrochen, bevor er eine Zelle ausführen konnte.
failure-check-cell-failed = Der Notebook-Kernel läuft, aber eine einfache Zelle endet mit einem Fehler.
failure-check-wrong-output = Der Notebook-Kernel läuft, rechnet aber falsch: Er gab „{ $output }“ statt „42“ aus.
failure-check-timeout = Die Prüfung des Hubs wurde nicht rechtzeitig fertig.
failure-check-clean-up-failed = Der Hub funktioniert, aber was die Prüfung dort hinterlassen hat, ließ sich nicht entfernen.
