# Zustände, Rollen und Schritte; gelesen über crates/lang/src/names.rs.

state-requested = beantragt
state-sent-back = Rückfrage offen
state-rejected = abgelehnt
state-accepted = angenommen
state-deploying = wird bereitgestellt
state-deployed = offen
state-degrading = wird abgebaut
state-degraded = beendet
state-failed = gestört
state-cancelled = zurückgezogen

participation-applied = beworben
participation-waiting = auf der Warteliste
participation-admitted = zugelassen
participation-rejected = nicht zugelassen
participation-removed = aus dem Kurs entfernt
participation-left = ausgetreten

role-leader = Kursleitung
role-governance = Genehmigung
role-administrator = Administration

course-role-leader = Leitung
course-role-co-leader = Co-Leitung
course-role-assistant = Assistenz
course-role-participant = Teilnahme

action-deploy = Bereitstellung
action-update = Änderung
action-degrade = Abbau

phase-starting = Start
phase-initialising = Vorbereitung
phase-planning = Planung
phase-applying = Umsetzung
phase-verifying = Prüfung
phase-done = fertig

start-page-lab = JupyterLab
start-page-notebook = Notebook

shared-folder-none = keiner
shared-folder-read-only = Teilnehmende lesen, Leitung schreibt
shared-folder-agreed = Teilnehmende lesen, Leitung schreibt (vereinbart, auf diesem Rechner nicht erzwungen)
shared-folder-writable = alle schreiben

admission-by-hand = jede Bewerbung wird von Hand entschieden
admission-roster = alle auf der Liste
admission-link = alle mit dem Link
