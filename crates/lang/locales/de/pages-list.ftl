# Was alle Listen gemeinsam haben.

list-none-found = Nichts gefunden
list-none-found-text = Nichts passt zu dem, was Sie suchen.
list-clear = Alles zeigen
list-show = Zeigen
list-from = Von
list-until = Bis
list-more = und { $count } weitere, die hier nicht gezeigt sind.
list-export = Als CSV mitnehmen ({ $count })

audit-as = Als
audit-as-any = handelnd oder betroffen
audit-as-actor = handelnd
audit-exported = Protokoll als CSV mitgenommen, { $count } Ereignisse
history-participation-exported = Liste der Teilnehmenden als CSV mitgenommen, { $count } Personen

export-column-name = Name
export-column-address = Mailadresse
export-column-state = Stand
export-column-applied = Beworben
export-column-decided = Entschieden
export-column-reason = Grund
export-column-at = Zeitpunkt
export-column-kind = Art
export-column-actor = Durch
export-column-actor-id = Kennung der handelnden Person
export-column-course = Kurs
export-column-course-id = Kennung des Kurses
export-column-person = Betrifft
export-column-person-id = Kennung der betroffenen Person
export-column-data = Einzelheiten
export-column-request = Anfrage

participants-all-found = alle { $count } Gefundenen
participants-all-means = Das geht bei { $count } der { $found } Gefundenen; bei den anderen ändert sich nichts.
participants-all-more = und { $count } weitere
error-more-found = Inzwischen werden mehr Personen gefunden, als Sie gesehen haben. Bitte prüfen Sie die Zahl noch einmal.

roster-search = Name oder Mailadresse
roster-more = und { $count } weitere, die hier nicht gezeigt sind. Alle werden übernommen.
