# Seiten zu dem, was am Hub eines Kurses geschieht: Server der Teilnehmenden.

course-tab-servers = Server
servers-lead =
    { $count ->
        [0] Es läuft kein Server.
        [one] Ein Server läuft.
       *[other] { $count } Server laufen.
    }
servers-privacy = Sie können Server starten und beenden, aber nicht hineinsehen.
servers-look-again = Neu nachsehen
servers-hub-does-not-answer = Der Hub antwortet gerade nicht; welche Server laufen, lässt sich daher nicht sagen. Bitte sehen Sie in einer Minute noch einmal nach. Hält es an, erfahren es Kursleitung und Verwaltung.
servers-state-all = alle Teilnehmenden
servers-state-active = nur mit Server
servers-column-server = Server
servers-column-started = Gestartet
servers-column-activity = Zuletzt aktiv
servers-column-do = Aktion
servers-never = noch nie hier
servers-running = läuft
servers-starting = startet
servers-stopping = wird beendet
servers-off = aus
servers-start = Starten
servers-stop = Beenden
servers-stop-question = Den Server von { $name } beenden?
servers-stop-means = Laufende Berechnungen brechen ab, nicht Gespeichertes geht verloren. Gespeicherte Dateien bleiben.
servers-none-text = Hier stehen die Teilnehmenden mit ihren Servern, sobald sie zugelassen sind.
servers-none-found-text = Niemand passt dazu. Gesucht wird in Name und Mailadresse der Zugelassenen.
flash-server-starts = Der Server wird gestartet; das kann eine Minute dauern.
flash-server-stops = Der Server wird beendet.
flash-server-not-done = Der Hub hat es nicht getan. Bitte sehen Sie in einer Minute noch einmal nach.
history-server-started = Server von { $name } gestartet
history-server-stopped = Server von { $name } beendet
audit-kind-server = Server
error-no-hub = Für diesen Kurs läuft gerade kein Hub.
error-course-over = Der Kurs ist vorbei.

# Die eigenen Dateien als Archiv.

files-title = Meine Dateien
files-what = Alle Dateien Ihres Heimatverzeichnisses auf dem Hub kommen als ein ZIP-Archiv. Versteckte Dateien, deren Name mit einem Punkt beginnt, bleiben draußen; was nicht zu lesen war, steht in „not-included.txt“.
files-how = Läuft Ihr Server nicht, wird er dafür gestartet und danach wieder beendet. Bis der Download beginnt, kann eine Minute vergehen. Speichern Sie vorher offene Notebooks.
files-fetch = Meine Dateien herunterladen
files-not-yet = Für diesen Kurs läuft gerade kein Hub; es gibt also keine Dateien zum Herunterladen.
files-gone = Der Hub ist entfernt, und mit ihm alle Dateien darauf.
files-facts = Überblick
files-until = Möglich bis
files-last = Zuletzt heruntergeladen
files-size = Größe
files-size-of = { $size } in { $files } Dateien
course-files = Meine Dateien
course-files-text = Laden Sie Ihr Heimatverzeichnis auf dem Hub als Archiv herunter, bis { $until }.
course-files-do = Zu meinen Dateien
flash-files-not-now = Der Hub hat Ihren Server nicht gestartet. Bitte versuchen Sie es in einigen Minuten noch einmal.
history-home-fetched = { $name } hat die eigenen Dateien heruntergeladen
history-home-fetched-part = { $name } wollte die eigenen Dateien herunterladen; der Download brach ab
audit-kind-home = Archive von Heimatverzeichnissen
error-archive-under-way = Ihre Dateien werden schon heruntergeladen. Bitte warten Sie, bis das fertig ist.
