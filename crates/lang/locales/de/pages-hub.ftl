# Seiten zu dem, was am Hub eines Kurses geschieht: Server der Teilnehmenden, eigene Dateien, Besuche.

course-tab-servers = Server
servers-lead =
    { $count ->
        [0] Es läuft kein Server.
        [one] Ein Server läuft.
       *[other] { $count } Server laufen.
    }
servers-privacy = Sie können Server starten und beenden. Hineinsehen können Sie nur mit Zustimmung der Person.
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
files-gone = Der Hub ist entfernt, und die Dateien darauf sind nicht mehr zu erreichen.
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

# Besuche im Server von Teilnehmenden.

servers-column-visit = Hineinsehen
visits-heading = Ihr Server
visits-asked = { $name } möchte in Ihren Server sehen. Die Person sähe Ihre Dateien und Notebooks und könnte sie ändern und Programme in Ihrem Namen starten, als säße sie neben Ihnen. Sie können das jederzeit beenden.
visits-consent = Für { $minutes } Minuten erlauben
visits-refuse = Ablehnen
visits-open = { $name } kann bis { $until } Ihren Server öffnen.
visits-ending = Der Besuch von { $name } in Ihrem Server ist vorbei und wird am Hub beendet.
visits-end = Jetzt beenden
visits-past-heading = Besuche in Ihrem Server
visits-past = { $name }, gefragt { $asked }, beendet um { $until }
visits-ask = Um Erlaubnis bitten
visits-waits = wartet auf Zustimmung
visits-take-back = Zurücknehmen
visits-until = bis { $until }
visits-enter = Server öffnen
visits-ending-yours = wird beendet
flash-visit-asked = Die Frage ist gestellt, auch per Mail. Sobald die Person zustimmt, finden Sie hier den Link.
flash-visit-open = Sie haben zugestimmt. Hier sehen Sie, wie lange es gilt, und können es beenden.
flash-visit-refused = Sie haben abgelehnt. Niemand sieht in Ihren Server.
flash-visit-ended = Der Besuch ist beendet.
flash-visit-not-now = Der Hub hat die Person nicht eingelassen; niemand ist in Ihrem Server. Bitte lassen Sie sich noch einmal fragen.
history-visit-asked = { $name } um einen Blick in den Server gebeten
history-visit-opened = { $name } einen Blick in den eigenen Server erlaubt
history-visit-refused = { $name } nicht in den eigenen Server sehen lassen
history-visit-ended = Besuch mit { $name } beendet
history-visit-over = { $name } ist aus dem besuchten Server
audit-kind-visit = Besuche in Servern
error-visit-gone = Diese Frage ist beantwortet, zurückgenommen oder verfallen.
