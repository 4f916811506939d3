# Eine Bereitstellung eines Hubs, während sie läuft, und die Bereitstellungen eines Kurses.

deployments-title = Bereitstellungen
deployments-hub-heading = Der Hub
deployments-address = Adresse
deployments-hub = Zustand
deployments-hub-up = läuft und antwortet
deployments-hub-down = antwortet nicht seit { $since }
deployments-hub-none = zurzeit nicht bereitgestellt
deployments-none = Noch keine Bereitstellung
deployments-none-text = Kurz vor dem Beginn wird der Hub von selbst bereitgestellt. Was wann geschah, steht dann hier.
deployments-column-what = Was
deployments-column-state = Ergebnis
deployments-column-began = Begonnen
deployments-column-took = Dauer
deployments-column-attempts = Versuche
deployments-column-by = Veranlasst von
deployments-by-portal = von selbst

deployment-heading = { $title }: { $action }
deployment-state-open = wartet
deployment-state-again = wartet auf neuen Versuch
deployment-state-working = läuft
deployment-state-succeeded = gelungen
deployment-state-failed = fehlgeschlagen
deployment-state-cancelled = angehalten

deployment-lead-soon = Die Arbeit beginnt gleich.
deployment-lead-queue =
    { $ahead ->
        [0] Alle Plätze sind belegt. Diese Bereitstellung ist die nächste.
        [one] Alle Plätze sind belegt. Eine andere Bereitstellung kommt vorher.
       *[other] Alle Plätze sind belegt. { $ahead } andere Bereitstellungen kommen vorher.
    }
deployment-lead-maintenance = Wartung: Es werden keine neuen Bereitstellungen begonnen. Diese beginnt, wenn die Wartung endet.
deployment-lead-again = Der letzte Versuch schlug fehl. Der nächste folgt { $at }.
deployment-lead-cancelling = Die Arbeit wird angehalten, weil der Kurs endet.
deployment-lead-deploying = Der Hub wird bereitgestellt. Als offen gilt er erst, wenn eine Testperson darin gerechnet hat.
deployment-lead-updating = Der Hub wird geändert. Er läuft währenddessen weiter.
deployment-lead-degrading = Der Hub wird angehalten und entfernt.
deployment-lead-deployed = Der Hub ist bereitgestellt und geprüft.
deployment-lead-updated = Die Änderung ist im Hub angekommen.
deployment-lead-degraded = Der Hub ist entfernt; es ist nichts von ihm übrig.
deployment-lead-failed = Der Hub ließ sich nicht bereitstellen. Zurzeit kann niemand hinein.
deployment-lead-update-failed = Die Änderung ist nicht gelungen. Der Hub läuft mit den bisherigen Werten weiter.
deployment-lead-degrade-failed = Der Hub ließ sich nicht vollständig entfernen. Für Teilnehmende ist er geschlossen.
deployment-lead-cancelled = Die Arbeit wurde angehalten, weil der Kurs enden sollte.

deployment-failure = Was schiefging
deployment-failure-code = Kennung für den Support:
deployment-failure-detail = Technische Einzelheiten
deployment-next-again = Das kann vorübergehen: Es wird von selbst noch einmal versucht. Sie müssen nichts tun.
deployment-next-cancelled = Es wird nicht noch einmal versucht.
deployment-next-over = Das ist erledigt: Der Hub wurde inzwischen entfernt.
deployment-next-permanent = Ein neuer Versuch allein hilft nicht. Liegt es an den Angaben des Kurses, ändern Sie diese: Dann wird die Bereitstellung wiederholt. Die Administration ist benachrichtigt.
deployment-next-transient = Mehrere Versuche sind fehlgeschlagen. Die Administration ist benachrichtigt und kann die Bereitstellung wiederholen.
deployment-next-update = Sie können die Änderung anpassen und erneut einreichen. Die Administration ist benachrichtigt.
deployment-next-degrade = Der Abbau wird von selbst wiederholt. Die Administration ist benachrichtigt.
deployment-next-administrator = Lesen Sie das Protokoll, beheben Sie die Ursache und wiederholen Sie es dann hier. Ist der Hub nicht zu retten, entfernen Sie ihn.

deployment-steps = Schritte
deployment-attempts = Versuche
deployment-attempt = Versuch { $attempt }
deployment-attempt-of = { $attempt } von höchstens { $most }
deployment-refresh = Neu laden
deployment-blind = Der Ort, an dem das Protokoll liegt, antwortet gerade nicht. Was hier steht, kann unvollständig sein.
deployment-log = Protokoll
deployment-log-whole = Ganzes Protokoll
deployment-log-text = Das ganze Protokoll als Text
deployment-log-none = Ein Protokoll gibt es nicht.
deployment-log-cut = Dies sind die letzten { $shown } von { $count } Zeilen.
deployment-check = Prüfung
deployment-check-words = Eine Testperson hat sich angemeldet, einen Server gestartet und in einem Notebook richtig gerechnet. Das erste Ergebnis war nach { $duration } da.
deployment-check-step = Schritt
deployment-check-took = Dauer
deployment-check-sign-in = Anmelden über das Portal
deployment-check-start = Starten eines Servers
deployment-check-cell = Rechnen einer Zelle
deployment-check-stop = Anhalten des Servers
deployment-fact-by = Veranlasst von
deployment-fact-opened = Angelegt
deployment-fact-began = Begonnen
deployment-fact-took = Dauer
deployment-fact-attempt = Versuch
deployment-fact-id = Kennung
