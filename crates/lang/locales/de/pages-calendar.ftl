# Kurse im Kalender: die geheime Adresse, und Dateien zu einzelnen Kursen.

calendar-heading = Kalender
calendar-lead = Ein Kalenderprogramm zeigt Ihre Kurse von selbst: die, die Sie leiten oder betreuen, und die, zu denen Sie zugelassen sind.
calendar-to = Kurse im Kalender abonnieren
calendar-file = Als Kalenderdatei
calendar-address = Adresse für Ihr Kalenderprogramm
calendar-none = Sie haben noch keine Adresse.
calendar-since = Ihre Adresse gibt es seit { $at }.
calendar-secret = Die Adresse ist geheim: Wer sie kennt, sieht Ihre Kurse. Sie wird nur einmal gezeigt. Eine neue macht die alte ungültig.
calendar-make = Adresse erzeugen
calendar-renew = Neue Adresse erzeugen
calendar-stop = Adresse abschalten
calendar-made = Das ist Ihre Adresse. Fügen Sie sie jetzt in Ihrem Kalenderprogramm unter „Kalender abonnieren“ ein.
calendar-title = Kurse ({ $institution })
calendar-state = Stand: { $state }
calendar-hub = Hub: { $url }
calendar-page = Kursseite: { $url }
flash-calendar-stopped = Die Adresse für Kalender ist abgeschaltet.
audit-account-calendar-made = Kalenderadresse von { $name } erzeugt
audit-account-calendar-stopped = Kalenderadresse von { $name } abgeschaltet
mail-calendar = Im Anhang liegt der Kurs als Kalenderdatei.
