<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE" sourcelanguage="en_US">
<context>
    <name>Annotations</name>
    <message>
        <source>and %1 more</source>
        <translation>und %1 weitere</translation>
    </message>
</context>
<context>
    <name>BackendHeading</name>
    <message>
        <source>Test</source>
        <translation>Testen</translation>
    </message>
    <message>
        <source>Asks this address for its models; nothing is applied</source>
        <translation>Fragt diese Adresse nach ihren Modellen; nichts wird angewendet</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Entfernen</translation>
    </message>
    <message>
        <source>Remove %1 once the changes are applied</source>
        <translation>%1 entfernen, sobald die Änderungen angewendet werden</translation>
    </message>
    <message>
        <source>The last backend stays: change it instead</source>
        <translation>Das letzte Backend bleibt: stattdessen ändern</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>Behalten</translation>
    </message>
</context>
<context>
    <name>BackendPresets</name>
    <message>
        <source>Other (OpenAI API)</source>
        <translation>Anderes (OpenAI-API)</translation>
    </message>
    <message>
        <source>Embedded runtime</source>
        <translation>Eingebaute Runtime</translation>
    </message>
</context>
<context>
    <name>BackendTests</name>
    <message>
        <source>Testing …</source>
        <translation>Wird getestet …</translation>
    </message>
    <message>
        <source>No answer: %1</source>
        <translation>Keine Antwort: %1</translation>
    </message>
    <message>
        <source>Answers in %1</source>
        <translation>Antwortet in %1</translation>
    </message>
    <message numerus="yes">
        <source>%Ln model(s): </source>
        <translation>
            <numerusform>%Ln Modell: </numerusform>
            <numerusform>%Ln Modelle: </numerusform>
        </translation>
    </message>
</context>
<context>
    <name>BatchesPage</name>
    <message>
        <source>full</source>
        <translation>voll</translation>
    </message>
    <message>
        <source>backend idle</source>
        <translation>Backend frei</translation>
    </message>
    <message>
        <source>timeout</source>
        <translation>Zeitlimit</translation>
    </message>
    <message>
        <source>deadline</source>
        <translation>Frist</translation>
    </message>
    <message>
        <source>flush</source>
        <translation>Leeren</translation>
    </message>
    <message>
        <source>Batch size</source>
        <translation>Batchgröße</translation>
    </message>
    <message>
        <source>rows sent</source>
        <translation>gesendete Zeilen</translation>
    </message>
    <message>
        <source>Batch size distribution</source>
        <translation>Verteilung der Batchgröße</translation>
    </message>
    <message>
        <source>no batch was sent yet</source>
        <translation>noch kein Batch abgesendet</translation>
    </message>
    <message>
        <source>Dispatch reasons</source>
        <translation>Auslöser</translation>
    </message>
    <message>
        <source>width: time at the backend · height: rows</source>
        <translation>Breite: Zeit am Backend · Höhe: Zeilen</translation>
    </message>
    <message>
        <source>newest</source>
        <translation>neuester</translation>
    </message>
    <message>
        <source>Wait vs. batch fill</source>
        <translation>Wartezeit und Batchfüllung</translation>
    </message>
    <message>
        <source>one mark per batch</source>
        <translation>eine Marke je Batch</translation>
    </message>
    <message>
        <source>empty</source>
        <translation>leer</translation>
    </message>
    <message>
        <source>No requests have been batched yet</source>
        <translation>Noch keine Anfragen in Batches</translation>
    </message>
    <message>
        <source>Waiting for the engine</source>
        <translation>Warten auf die Engine</translation>
    </message>
    <message>
        <source>Its batches appear here as soon as it responds.</source>
        <translation>Ihre Batches erscheinen hier, sobald sie antwortet.</translation>
    </message>
    <message>
        <source>Copy as curl</source>
        <translation>Als curl kopieren</translation>
    </message>
    <message>
        <source>curl command</source>
        <translation>curl-Befehl</translation>
    </message>
    <message>
        <source>Requests for the same model that arrive close together are sent as one batch.</source>
        <translation>Anfragen an dasselbe Modell, die kurz nacheinander eintreffen, werden als ein Batch gesendet.</translation>
    </message>
    <message>
        <source>Send a few at the same time to %1.</source>
        <translation>Senden Sie einige gleichzeitig an %1.</translation>
    </message>
</context>
<context>
    <name>ChangeTable</name>
    <message>
        <source>better</source>
        <translation>besser</translation>
    </message>
    <message>
        <source>worse</source>
        <translation>schlechter</translation>
    </message>
    <message>
        <source>Show the setting</source>
        <translation>Einstellung zeigen</translation>
    </message>
    <message>
        <source>Undo this edit</source>
        <translation>Diese Änderung zurücknehmen</translation>
    </message>
</context>
<context>
    <name>ChartCard</name>
    <message>
        <source>log</source>
        <translation>log</translation>
    </message>
    <message>
        <source>Linear axis (L)</source>
        <translation>Lineare Achse (L)</translation>
    </message>
    <message>
        <source>Logarithmic axis (L)</source>
        <translation>Logarithmische Achse (L)</translation>
    </message>
    <message>
        <source>Show %1 as a chart (T)</source>
        <translation>%1 als Diagramm zeigen (T)</translation>
    </message>
    <message>
        <source>Show %1 as a table (T)</source>
        <translation>%1 als Tabelle zeigen (T)</translation>
    </message>
    <message>
        <source>Export %1</source>
        <translation>%1 exportieren</translation>
    </message>
    <message>
        <source>Copy as CSV</source>
        <translation>Als CSV kopieren</translation>
    </message>
    <message>
        <source>CSV of %1</source>
        <translation>CSV von %1</translation>
    </message>
    <message>
        <source>Save as CSV</source>
        <translation>Als CSV speichern</translation>
    </message>
    <message>
        <source>Save as PNG</source>
        <translation>Als PNG speichern</translation>
    </message>
    <message>
        <source>Millrace · %1 · %2</source>
        <translation>Millrace · %1 · %2</translation>
    </message>
    <message>
        <source>View and export of %1</source>
        <translation>Ansicht und Export: %1</translation>
    </message>
    <message>
        <source>As a table</source>
        <translation>Als Tabelle</translation>
    </message>
    <message>
        <source>Logarithmic axis</source>
        <translation>Logarithmische Achse</translation>
    </message>
</context>
<context>
    <name>ChartLegend</name>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>Show %1 alone, or all</source>
        <translation>Nur %1 zeigen oder alle</translation>
    </message>
</context>
<context>
    <name>Client</name>
    <message>
        <source>no answer in time</source>
        <translation>keine rechtzeitige Antwort</translation>
    </message>
    <message>
        <source>the connection to the engine was closed</source>
        <translation>die Verbindung zur Engine wurde geschlossen</translation>
    </message>
    <message>
        <source>error %1</source>
        <translation>Fehler %1</translation>
    </message>
    <message>
        <source>not connected to the engine</source>
        <translation>nicht mit der Engine verbunden</translation>
    </message>
</context>
<context>
    <name>CloseQuestion</name>
    <message>
        <source>Keep the engine running?</source>
        <translation>Engine weiterlaufen lassen?</translation>
    </message>
    <message>
        <source>The engine was started from this console and listens on %1. %2</source>
        <translation>Die Engine wurde von dieser Konsole gestartet und ist unter %1 erreichbar. %2</translation>
    </message>
    <message>
        <source>Do the same next time</source>
        <translation>Beim nächsten Mal ebenso</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Stop engine</source>
        <translation>Engine beenden</translation>
    </message>
    <message>
        <source>Keep running</source>
        <translation>Weiterlaufen lassen</translation>
    </message>
</context>
<context>
    <name>CommandPalette</name>
    <message>
        <source>Find pages, actions, settings, models, backends</source>
        <translation>Seiten, Aktionen, Einstellungen, Modelle, Backends suchen</translation>
    </message>
    <message>
        <source>No results</source>
        <translation>Keine Treffer</translation>
    </message>
    <message>
        <source>Matches</source>
        <translation>Treffer</translation>
    </message>
</context>
<context>
    <name>ConnectionsPage</name>
    <message>
        <source>busy</source>
        <translation>belegt</translation>
    </message>
    <message>
        <source>idle</source>
        <translation>frei</translation>
    </message>
    <message>
        <source>connecting</source>
        <translation>im Aufbau</translation>
    </message>
    <message>
        <source>reused</source>
        <translation>erneut</translation>
    </message>
    <message>
        <source>connect p99</source>
        <translation>Aufbau p99</translation>
    </message>
    <message>
        <source>Occupancy</source>
        <translation>Belegung</translation>
    </message>
    <message>
        <source>Reused or new</source>
        <translation>Wiederverwendet oder neu</translation>
    </message>
    <message>
        <source>goal %1 %</source>
        <translation>Ziel %1 %</translation>
    </message>
    <message>
        <source>Why connections closed</source>
        <translation>Schließgründe</translation>
    </message>
    <message>
        <source>since start</source>
        <translation>seit dem Start</translation>
    </message>
    <message>
        <source>none closed yet</source>
        <translation>noch keine geschlossen</translation>
    </message>
    <message>
        <source>Connect and health-check latency</source>
        <translation>Aufbau- und Prüfdauer</translation>
    </message>
    <message>
        <source>check p99</source>
        <translation>Prüfung p99</translation>
    </message>
    <message>
        <source>No backend is configured</source>
        <translation>Kein Backend eingerichtet</translation>
    </message>
    <message>
        <source>Waiting for the engine</source>
        <translation>Warten auf die Engine</translation>
    </message>
    <message>
        <source>Connections appear here as soon as the engine knows a backend. Add one in the settings, under Backends.</source>
        <translation>Verbindungen erscheinen hier, sobald die Engine ein Backend kennt. Fügen Sie eines in den Einstellungen unter Backends hinzu.</translation>
    </message>
    <message>
        <source>Its connections appear here as soon as it responds.</source>
        <translation>Ihre Verbindungen erscheinen hier, sobald sie antwortet.</translation>
    </message>
    <message>
        <source>Open settings</source>
        <translation>Einstellungen öffnen</translation>
    </message>
</context>
<context>
    <name>DataTable</name>
    <message>
        <source>Sort by</source>
        <translation>Sortieren nach</translation>
    </message>
    <message>
        <source>Columns</source>
        <translation>Spalten</translation>
    </message>
    <message>
        <source>Reset columns</source>
        <translation>Spalten zurücksetzen</translation>
    </message>
    <message>
        <source>Copy as CSV</source>
        <translation>Als CSV kopieren</translation>
    </message>
    <message>
        <source>Save as CSV</source>
        <translation>Als CSV speichern</translation>
    </message>
</context>
<context>
    <name>DataTableHeader</name>
    <message>
        <source>Columns of %1</source>
        <translation>Spalten von %1</translation>
    </message>
    <message>
        <source>Columns, order and export of %1</source>
        <translation>Spalten, Reihenfolge und Export von %1</translation>
    </message>
</context>
<context>
    <name>DataTableHeaderCell</name>
    <message>
        <source>sorted, descending</source>
        <translation>absteigend sortiert</translation>
    </message>
    <message>
        <source>sorted, ascending</source>
        <translation>aufsteigend sortiert</translation>
    </message>
</context>
<context>
    <name>DataTableRow</name>
    <message>
        <source>Actions</source>
        <translation>Aktionen</translation>
    </message>
</context>
<context>
    <name>EventKind</name>
    <message>
        <source>accept failed</source>
        <translation>Annahme fehlgeschlagen</translation>
    </message>
    <message>
        <source>backend down</source>
        <translation>Backend ausgefallen</translation>
    </message>
    <message>
        <source>backend draining</source>
        <translation>Backend läuft aus</translation>
    </message>
    <message>
        <source>backend ejected</source>
        <translation>Backend ausgesetzt</translation>
    </message>
    <message>
        <source>backend key invalid</source>
        <translation>Backend-Schlüssel ungültig</translation>
    </message>
    <message>
        <source>backend key missing</source>
        <translation>Backend-Schlüssel fehlt</translation>
    </message>
    <message>
        <source>backend not created</source>
        <translation>Backend nicht angelegt</translation>
    </message>
    <message>
        <source>backend replaced</source>
        <translation>Backend ersetzt</translation>
    </message>
    <message>
        <source>backend resumed</source>
        <translation>Backend wieder aktiv</translation>
    </message>
    <message>
        <source>backend up</source>
        <translation>Backend erreichbar</translation>
    </message>
    <message>
        <source>stream buffer limit</source>
        <translation>Streampuffer-Grenze</translation>
    </message>
    <message>
        <source>batch size limit</source>
        <translation>Batchgrößen-Grenze</translation>
    </message>
    <message>
        <source>clients refused</source>
        <translation>Clients abgewiesen</translation>
    </message>
    <message>
        <source>clock jumped</source>
        <translation>Uhr gesprungen</translation>
    </message>
    <message>
        <source>revision applied</source>
        <translation>Revision angewendet</translation>
    </message>
    <message>
        <source>configuration file missing</source>
        <translation>Konfigurationsdatei fehlt</translation>
    </message>
    <message>
        <source>revision kept</source>
        <translation>Revision behalten</translation>
    </message>
    <message>
        <source>revision not judged</source>
        <translation>Revision nicht bewertet</translation>
    </message>
    <message>
        <source>revision not reverted</source>
        <translation>Revision nicht zurückgenommen</translation>
    </message>
    <message>
        <source>revision reverted</source>
        <translation>Revision zurückgenommen</translation>
    </message>
    <message>
        <source>connections evicted</source>
        <translation>Verbindungen geschlossen</translation>
    </message>
    <message>
        <source>control socket lost</source>
        <translation>Steuerungs-Socket verloren</translation>
    </message>
    <message>
        <source>control socket restored</source>
        <translation>Steuerungs-Socket wieder da</translation>
    </message>
    <message>
        <source>drain timeout</source>
        <translation>Auslauffrist abgelaufen</translation>
    </message>
    <message>
        <source>engine started</source>
        <translation>Engine gestartet</translation>
    </message>
    <message>
        <source>engine stopped</source>
        <translation>Engine beendet</translation>
    </message>
    <message>
        <source>engine stopping</source>
        <translation>Engine wird beendet</translation>
    </message>
    <message>
        <source>listener failed</source>
        <translation>Empfang fehlgeschlagen</translation>
    </message>
    <message>
        <source>internal error</source>
        <translation>Interner Fehler</translation>
    </message>
    <message>
        <source>model list empty</source>
        <translation>Modellliste leer</translation>
    </message>
    <message>
        <source>model list read</source>
        <translation>Modellliste gelesen</translation>
    </message>
    <message>
        <source>model list unreadable</source>
        <translation>Modellliste unlesbar</translation>
    </message>
    <message>
        <source>load state not read</source>
        <translation>Ladezustand nicht gelesen</translation>
    </message>
    <message>
        <source>engine stalled</source>
        <translation>Engine blockiert</translation>
    </message>
    <message>
        <source>model evicted</source>
        <translation>Modell verdrängt</translation>
    </message>
    <message>
        <source>model load failed</source>
        <translation>Laden fehlgeschlagen</translation>
    </message>
    <message>
        <source>model loaded</source>
        <translation>Modell geladen</translation>
    </message>
    <message>
        <source>model pinned</source>
        <translation>Modell angeheftet</translation>
    </message>
    <message>
        <source>model preloaded</source>
        <translation>Modell vorgeladen</translation>
    </message>
    <message>
        <source>model unloaded</source>
        <translation>Modell entladen</translation>
    </message>
    <message>
        <source>model unpinned</source>
        <translation>Modell gelöst</translation>
    </message>
    <message>
        <source>runtime restarted</source>
        <translation>Runtime neu gestartet</translation>
    </message>
    <message>
        <source>state file set aside</source>
        <translation>Zustandsdatei beiseitegelegt</translation>
    </message>
    <message>
        <source>state write failed</source>
        <translation>Speichern fehlgeschlagen</translation>
    </message>
    <message>
        <source>state write recovered</source>
        <translation>Speichern wieder möglich</translation>
    </message>
    <message>
        <source>stream broken</source>
        <translation>Stream abgebrochen</translation>
    </message>
    <message>
        <source>model time to live</source>
        <translation>Entladezeit eines Modells</translation>
    </message>
    <message>
        <source>model preloads off</source>
        <translation>Vorladen eines Modells aus</translation>
    </message>
    <message>
        <source>model preloads on</source>
        <translation>Vorladen eines Modells an</translation>
    </message>
</context>
<context>
    <name>EventsPage</name>
    <message>
        <source>Filter events</source>
        <translation>Ereignisse filtern</translation>
    </message>
    <message>
        <source>Severity</source>
        <translation>Schweregrad</translation>
    </message>
    <message>
        <source>All severities</source>
        <translation>Alle Schweregrade</translation>
    </message>
    <message>
        <source>Notices and above</source>
        <translation>Ab Hinweis</translation>
    </message>
    <message>
        <source>Warnings and above</source>
        <translation>Ab Warnung</translation>
    </message>
    <message>
        <source>Errors only</source>
        <translation>Nur Fehler</translation>
    </message>
    <message>
        <source>Follow</source>
        <translation>Folgen</translation>
    </message>
    <message>
        <source>Freeze the list; new entries are counted</source>
        <translation>Liste anhalten; neue Einträge werden gezählt</translation>
    </message>
    <message>
        <source>Show events as they arrive</source>
        <translation>Ereignisse zeigen, wie sie eintreffen</translation>
    </message>
</context>
<context>
    <name>EventsTable</name>
    <message>
        <source>Events</source>
        <translation>Ereignisse</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>Severity</source>
        <translation>Schweregrad</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>Art</translation>
    </message>
    <message>
        <source>Subject</source>
        <translation>Objekt</translation>
    </message>
    <message>
        <source>What happened</source>
        <translation>Beschreibung</translation>
    </message>
    <message>
        <source>Repeats</source>
        <translation>Anzahl</translation>
    </message>
    <message>
        <source>%1 ×</source>
        <translation>%1 ×</translation>
    </message>
    <message>
        <source>Show this moment on the charts</source>
        <translation>Diesen Zeitpunkt in den Diagrammen zeigen</translation>
    </message>
    <message>
        <source>Only this subject</source>
        <translation>Nur dieses Objekt</translation>
    </message>
    <message>
        <source>Copy text</source>
        <translation>Text kopieren</translation>
    </message>
    <message>
        <source>Event</source>
        <translation>Ereignis</translation>
    </message>
    <message>
        <source>No events match</source>
        <translation>Keine passenden Ereignisse</translation>
    </message>
    <message>
        <source>No events yet</source>
        <translation>Noch keine Ereignisse</translation>
    </message>
    <message>
        <source>Model loads, evictions, changes of backends and applied settings are listed here.</source>
        <translation>Hier stehen Ladevorgänge, Verdrängungen, Änderungen an Backends und angewendete Einstellungen.</translation>
    </message>
    <message>
        <source>Clear filter</source>
        <translation>Filter löschen</translation>
    </message>
</context>
<context>
    <name>FlowCharts</name>
    <message>
        <source>Connection reuse</source>
        <translation>Wiederverwendung</translation>
    </message>
    <message>
        <source>goal %1 %</source>
        <translation>Ziel %1 %</translation>
    </message>
    <message>
        <source>reused</source>
        <translation>erneut</translation>
    </message>
    <message>
        <source>Batch size</source>
        <translation>Batchgröße</translation>
    </message>
    <message>
        <source>rows / batch</source>
        <translation>Zeilen / Batch</translation>
    </message>
    <message>
        <source>adaptive limit</source>
        <translation>adaptive Grenze</translation>
    </message>
    <message>
        <source>Preload hits</source>
        <translation>Vorlade-Treffer</translation>
    </message>
    <message>
        <source>hits</source>
        <translation>Treffer</translation>
    </message>
    <message>
        <source>Stream buffer</source>
        <translation>Streampuffer</translation>
    </message>
    <message>
        <source>pause</source>
        <translation>Pause</translation>
    </message>
    <message>
        <source>resume</source>
        <translation>Fortsetzung</translation>
    </message>
    <message>
        <source>buffered</source>
        <translation>gepuffert</translation>
    </message>
</context>
<context>
    <name>FlowPage</name>
    <message>
        <source>Throughput</source>
        <translation>Durchsatz</translation>
    </message>
    <message>
        <source>served</source>
        <translation>beantwortet</translation>
    </message>
    <message>
        <source>offered</source>
        <translation>eingetroffen</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>fehlgeschlagen</translation>
    </message>
    <message>
        <source>Latency p99</source>
        <translation>Latenz p99</translation>
    </message>
    <message>
        <source>goal %1 ms</source>
        <translation>Ziel %1 ms</translation>
    </message>
    <message>
        <source>tensor calls</source>
        <translation>Tensoraufrufe</translation>
    </message>
    <message>
        <source>embeddings</source>
        <translation>Embeddings</translation>
    </message>
    <message>
        <source>added by Millrace</source>
        <translation>Zusatzzeit</translation>
    </message>
    <message>
        <source>chats</source>
        <translation>Chats</translation>
    </message>
</context>
<context>
    <name>Format</name>
    <message>
        <source>rows</source>
        <translation>Zeilen</translation>
    </message>
    <message>
        <source>cores</source>
        <translation>Kerne</translation>
    </message>
    <message>
        <source>%1 d %2 h</source>
        <translation>%1 d %2 h</translation>
    </message>
    <message>
        <source>%1 h %2 m</source>
        <translation>%1 h %2 min</translation>
    </message>
    <message>
        <source>%1 m %2 s</source>
        <translation>%1 min %2 s</translation>
    </message>
    <message>
        <source>now</source>
        <translation>jetzt</translation>
    </message>
    <message>
        <source>%1 s ago</source>
        <translation>vor %1 s</translation>
    </message>
    <message>
        <source>%1 min ago</source>
        <translation>vor %1 min</translation>
    </message>
    <message>
        <source>%1 h ago</source>
        <translation>vor %1 h</translation>
    </message>
    <message>
        <source>%1 d ago</source>
        <translation>vor %1 d</translation>
    </message>
    <message>
        <source>d MMM</source>
        <comment>day and month, as QLocale::toString takes it</comment>
        <translation>d. MMM</translation>
    </message>
    <message>
        <source>-%1 d</source>
        <translation>−%1 d</translation>
    </message>
    <message>
        <source>-%1 h</source>
        <translation>−%1 h</translation>
    </message>
    <message>
        <source>-%1 m</source>
        <translation>−%1 min</translation>
    </message>
    <message>
        <source>-%1 s</source>
        <translation>−%1 s</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 von %2</translation>
    </message>
    <message>
        <source>“%1”</source>
        <translation>„%1“</translation>
    </message>
    <message>
        <source>Unknown (%1)</source>
        <translation>Unbekannt (%1)</translation>
    </message>
    <message>
        <source>row</source>
        <translation>Zeile</translation>
    </message>
</context>
<context>
    <name>Goals</name>
    <message>
        <source>needs 32 requests in flight</source>
        <translation>erst ab 32 laufenden Anfragen</translation>
    </message>
    <message>
        <source>needs 20 tensor calls/s</source>
        <translation>erst ab 20 Tensoraufrufen/s</translation>
    </message>
    <message>
        <source>needs 100 checks in 5 min</source>
        <translation>erst ab 100 Prüfungen in 5 min</translation>
    </message>
    <message>
        <source>needs 100 loads that LRU alone would wait for</source>
        <translation>erst ab 100 Ladevorgängen, die bei LRU warten</translation>
    </message>
    <message>
        <source>needs 100 requests in 5 minutes</source>
        <translation>erst ab 100 Anfragen in 5 Minuten</translation>
    </message>
</context>
<context>
    <name>Health</name>
    <message>
        <source>Try again</source>
        <translation>Erneut versuchen</translation>
    </message>
    <message>
        <source>Start on free ports</source>
        <translation>Auf freien Ports starten</translation>
    </message>
    <message>
        <source>Start engine</source>
        <translation>Engine starten</translation>
    </message>
    <message>
        <source>No backend configured</source>
        <translation>Kein Backend eingerichtet</translation>
    </message>
    <message>
        <source>No backend is configured, so every request is refused.</source>
        <translation>Kein Backend ist eingerichtet, daher wird jede Anfrage abgewiesen.</translation>
    </message>
    <message>
        <source>Open settings</source>
        <translation>Einstellungen öffnen</translation>
    </message>
    <message numerus="yes">
        <source>%Ln draining</source>
        <translation>
            <numerusform>%Ln auslaufend</numerusform>
            <numerusform>%Ln auslaufend</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln unhealthy</source>
        <translation>
            <numerusform>%Ln gestört</numerusform>
            <numerusform>%Ln gestört</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln disabled</source>
        <translation>
            <numerusform>%Ln abgeschaltet</numerusform>
            <numerusform>%Ln abgeschaltet</numerusform>
        </translation>
    </message>
    <message>
        <source>No backend takes requests: %1.</source>
        <translation>Kein Backend nimmt Anfragen an: %1.</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Fortsetzen</translation>
    </message>
    <message>
        <source>Check now</source>
        <translation>Jetzt prüfen</translation>
    </message>
    <message>
        <source>No backend takes requests</source>
        <translation>Kein Backend nimmt Anfragen an</translation>
    </message>
    <message>
        <source>%1 is draining</source>
        <translation>%1 läuft aus</translation>
    </message>
    <message>
        <source>Backend %1 is draining: it takes no new requests.</source>
        <translation>Backend %1 läuft aus: Es nimmt keine neuen Anfragen an.</translation>
    </message>
    <message>
        <source>it takes no requests</source>
        <translation>es nimmt keine Anfragen an</translation>
    </message>
    <message>
        <source>%1 is unhealthy</source>
        <translation>%1 ist gestört</translation>
    </message>
    <message>
        <source>Backend %1 is unhealthy: %2.</source>
        <translation>Backend %1 ist gestört: %2.</translation>
    </message>
    <message>
        <source>%1 of requests fail</source>
        <translation>%1 der Anfragen schlagen fehl</translation>
    </message>
    <message>
        <source>%1 of %2 requests failed in the last %3 s (%4).</source>
        <translation>%1 von %2 Anfragen sind in den letzten %3 s fehlgeschlagen (%4).</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>Anzeigen</translation>
    </message>
    <message numerus="yes">
        <source>%Ln model(s) failed to load</source>
        <translation>
            <numerusform>%Ln Modell konnte nicht geladen werden</numerusform>
            <numerusform>%Ln Modelle konnten nicht geladen werden</numerusform>
        </translation>
    </message>
    <message>
        <source>Model %1 failed to load: %2</source>
        <translation>Modell %1 konnte nicht geladen werden: %2</translation>
    </message>
    <message>
        <source>Models that failed to load: %1</source>
        <translation>Modelle, die nicht geladen werden konnten: %1</translation>
    </message>
    <message>
        <source>Revision %1 is being measured</source>
        <translation>Revision %1 wird gemessen</translation>
    </message>
    <message>
        <source>Revision %1 is reverted if latency or failures get worse: %2 s left.</source>
        <translation>Revision %1 wird zurückgenommen, wenn Latenz oder Fehler zunehmen: noch %2 s.</translation>
    </message>
    <message numerus="yes">
        <source>%Ln model(s)</source>
        <translation>
            <numerusform>%Ln Modell</numerusform>
            <numerusform>%Ln Modelle</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln batch queue(s)</source>
        <translation>
            <numerusform>%Ln Batch-Warteschlange</numerusform>
            <numerusform>%Ln Batch-Warteschlangen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln stream(s)</source>
        <translation>
            <numerusform>%Ln Stream</numerusform>
            <numerusform>%Ln Streams</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln connection(s)</source>
        <translation>
            <numerusform>%Ln Verbindung</numerusform>
            <numerusform>%Ln Verbindungen</numerusform>
        </translation>
    </message>
    <message>
        <source>Not shown, because the lists are too long: %1.</source>
        <translation>Nicht gezeigt, weil die Listen zu lang sind: %1.</translation>
    </message>
    <message>
        <source>State cannot be saved</source>
        <translation>Zustand kann nicht gespeichert werden</translation>
    </message>
    <message>
        <source>Model list cannot be read</source>
        <translation>Modellliste kann nicht gelesen werden</translation>
    </message>
    <message>
        <source>A backend has no models</source>
        <translation>Ein Backend hat keine Modelle</translation>
    </message>
    <message>
        <source>The control socket was lost</source>
        <translation>Der Steuerungs-Socket ging verloren</translation>
    </message>
    <message>
        <source>A damaged file was set aside</source>
        <translation>Eine beschädigte Datei wurde beiseitegelegt</translation>
    </message>
    <message>
        <source>The engine stalled</source>
        <translation>Die Engine war blockiert</translation>
    </message>
    <message>
        <source>Clients were refused</source>
        <translation>Clients wurden abgewiesen</translation>
    </message>
    <message>
        <source>A revision could not be reverted</source>
        <translation>Eine Revision konnte nicht zurückgenommen werden</translation>
    </message>
    <message>
        <source>A revision was reverted</source>
        <translation>Eine Revision wurde zurückgenommen</translation>
    </message>
    <message>
        <source>A backend could not be created</source>
        <translation>Ein Backend konnte nicht angelegt werden</translation>
    </message>
    <message>
        <source>A backend&apos;s key is missing</source>
        <translation>Der Schlüssel eines Backends fehlt</translation>
    </message>
    <message>
        <source>A backend&apos;s key is invalid</source>
        <translation>Der Schlüssel eines Backends ist ungültig</translation>
    </message>
    <message>
        <source>Internal error</source>
        <translation>Interner Fehler</translation>
    </message>
    <message>
        <source>Events</source>
        <translation>Ereignisse</translation>
    </message>
    <message>
        <source>The engine is stopping</source>
        <translation>Die Engine wird beendet</translation>
    </message>
    <message numerus="yes">
        <source>The engine is stopping: %Ln request(s) may finish, new ones are refused.</source>
        <translation>
            <numerusform>Die Engine wird beendet: %Ln Anfrage darf noch zu Ende laufen, neue werden abgewiesen.</numerusform>
            <numerusform>Die Engine wird beendet: %Ln Anfragen dürfen noch zu Ende laufen, neue werden abgewiesen.</numerusform>
        </translation>
    </message>
    <message>
        <source>Goal missed: %1</source>
        <translation>Ziel verfehlt: %1</translation>
    </message>
    <message>
        <source>%1: %2, goal at least %3.</source>
        <translation>%1: %2, Ziel mindestens %3.</translation>
    </message>
    <message>
        <source>%1: %2, goal at most %3.</source>
        <translation>%1: %2, Ziel höchstens %3.</translation>
    </message>
    <message>
        <source>Lists are truncated</source>
        <translation>Listen sind gekürzt</translation>
    </message>
    <message>
        <source>Most of them: %1.</source>
        <translation>Die meisten: %1.</translation>
    </message>
    <message>
        <source>Reason: %1.</source>
        <translation>Grund: %1.</translation>
    </message>
    <message>
        <source>%1 of requests are refused</source>
        <translation>%1 der Anfragen werden abgewiesen</translation>
    </message>
    <message>
        <source>Open limit</source>
        <translation>Grenze öffnen</translation>
    </message>
    <message>
        <source>%1 of requests are rejected</source>
        <translation>%1 der Anfragen werden zurückgewiesen</translation>
    </message>
    <message>
        <source>%1 of %2 requests were refused because of a limit in the last %3 s (%4).</source>
        <translation>%1 von %2 Anfragen wurden in den letzten %3 s wegen einer Grenze abgewiesen (%4).</translation>
    </message>
    <message>
        <source>%1 of %2 requests were invalid in the last %3 s (%4).</source>
        <translation>%1 von %2 Anfragen waren in den letzten %3 s ungültig (%4).</translation>
    </message>
    <message>
        <source>No response from backends</source>
        <translation>Backends antworten nicht</translation>
    </message>
    <message numerus="yes">
        <source>%Ln request(s) in flight, and no backend has sent anything for %1 s.</source>
        <translation>
            <numerusform>%Ln Anfrage läuft, und seit %1 s hat kein Backend etwas gesendet.</numerusform>
            <numerusform>%Ln Anfragen laufen, und seit %1 s hat kein Backend etwas gesendet.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>HealthPanel</name>
    <message>
        <source>Health</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Start engine</source>
        <translation>Engine starten</translation>
    </message>
    <message>
        <source>Restart…</source>
        <translation>Neu starten …</translation>
    </message>
    <message>
        <source>Stop…</source>
        <translation>Beenden …</translation>
    </message>
    <message>
        <source>Copy endpoint</source>
        <translation>Endpunkt kopieren</translation>
    </message>
    <message>
        <source>Endpoint</source>
        <translation>Endpunkt</translation>
    </message>
</context>
<context>
    <name>HealthPill</name>
    <message>
        <source>%1 · %2</source>
        <translation>%1 · %2</translation>
    </message>
</context>
<context>
    <name>IdleTtlDialog</name>
    <message>
        <source>Unload %1 when unused for</source>
        <translation>%1 ungenutzt entladen nach</translation>
    </message>
    <message>
        <source>Unload when unused for</source>
        <translation>Ungenutzt entladen nach</translation>
    </message>
    <message>
        <source>Number</source>
        <translation>Zahl</translation>
    </message>
    <message>
        <source>Time without use</source>
        <translation>Zeit ohne Nutzung</translation>
    </message>
    <message>
        <source>Unit</source>
        <translation>Einheit</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Apply</source>
        <translation>Anwenden</translation>
    </message>
</context>
<context>
    <name>JsonText</name>
    <message>
        <source>not valid JSON: %1</source>
        <translation>kein gültiges JSON: %1</translation>
    </message>
    <message>
        <source>syntax error</source>
        <translation>Syntaxfehler</translation>
    </message>
    <message>
        <source>extra data</source>
        <translation>überzählige Zeichen</translation>
    </message>
    <message>
        <source>incomplete JSON</source>
        <translation>unvollständig</translation>
    </message>
    <message>
        <source>exponent overflow</source>
        <translation>Exponent zu groß</translation>
    </message>
    <message>
        <source>too deep</source>
        <translation>zu tief geschachtelt</translation>
    </message>
    <message>
        <source>illegal leading surrogate</source>
        <translation>ungültiges erstes Surrogat</translation>
    </message>
    <message>
        <source>illegal trailing surrogate</source>
        <translation>ungültiges zweites Surrogat</translation>
    </message>
    <message>
        <source>expected hex digit</source>
        <translation>Hexadezimalziffer erwartet</translation>
    </message>
    <message>
        <source>expected utf16 escape</source>
        <translation>UTF-16-Escape erwartet</translation>
    </message>
</context>
<context>
    <name>KpiCard</name>
    <message>
        <source>met</source>
        <translation>erreicht</translation>
    </message>
    <message>
        <source>missed for 10 s</source>
        <translation>seit 10 s verfehlt</translation>
    </message>
</context>
<context>
    <name>LoadModelDialog</name>
    <message>
        <source>Load a model</source>
        <translation>Modell laden</translation>
    </message>
    <message>
        <source>Search by name or backend</source>
        <translation>Nach Name oder Backend suchen</translation>
    </message>
    <message>
        <source>Models that can be loaded</source>
        <translation>Ladbare Modelle</translation>
    </message>
    <message>
        <source>No results</source>
        <translation>Keine Treffer</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Load</source>
        <translation>Laden</translation>
    </message>
    <message>
        <source>%1 is loaded already</source>
        <translation>%1 ist schon geladen</translation>
    </message>
    <message>
        <source>Every model is loaded</source>
        <translation>Alle Modelle sind geladen</translation>
    </message>
</context>
<context>
    <name>LoadSpans</name>
    <message>
        <source>preloaded</source>
        <translation>vorgeladen</translation>
    </message>
    <message>
        <source>loaded on demand</source>
        <translation>bei Bedarf geladen</translation>
    </message>
    <message>
        <source>loaded because it is pinned</source>
        <translation>geladen, weil angeheftet</translation>
    </message>
    <message>
        <source>loaded manually</source>
        <translation>manuell geladen</translation>
    </message>
    <message>
        <source>used: a hit</source>
        <translation>benutzt: ein Treffer</translation>
    </message>
    <message>
        <source>needed before it was ready: late</source>
        <translation>gebraucht, bevor es bereit war: zu spät</translation>
    </message>
    <message>
        <source>not used: wasted</source>
        <translation>nicht benutzt: umsonst</translation>
    </message>
    <message>
        <source>%1: in memory</source>
        <translation>%1: im Speicher</translation>
    </message>
    <message>
        <source>%1: managed by its server</source>
        <translation>%1: von seinem Server verwaltet</translation>
    </message>
    <message>
        <source>%1: waited %2 to be loaded</source>
        <translation>%1: wartete %2 auf das Laden</translation>
    </message>
    <message>
        <source>%1: in memory for %2</source>
        <translation>%1: %2 im Speicher</translation>
    </message>
    <message>
        <source> · unloaded: %1</source>
        <translation> · entladen: %1</translation>
    </message>
    <message>
        <source>%1: %2 in %3</source>
        <translation>%1: %2 in %3</translation>
    </message>
    <message>
        <source>%1: loading</source>
        <translation>%1: wird geladen</translation>
    </message>
    <message>
        <source>Loads in the shown window: %1, failed: %2; models shown: %3.</source>
        <translation>Ladevorgänge im gezeigten Zeitraum: %1, fehlgeschlagen: %2; gezeigte Modelle: %3.</translation>
    </message>
    <message>
        <source>%1: loading timed out after %2</source>
        <translation>%1: Zeitlimit beim Laden nach %2 überschritten</translation>
    </message>
    <message>
        <source>%1: loading cancelled after %2</source>
        <translation>%1: Laden nach %2 abgebrochen</translation>
    </message>
    <message>
        <source>%1: loading failed after %2</source>
        <translation>%1: Laden nach %2 fehlgeschlagen</translation>
    </message>
    <message>
        <source>Earlier loads are no longer kept.</source>
        <translation>Frühere Ladevorgänge werden nicht mehr aufbewahrt.</translation>
    </message>
</context>
<context>
    <name>Main</name>
    <message>
        <source>Stop the engine?</source>
        <translation>Engine beenden?</translation>
    </message>
    <message>
        <source>Stop engine</source>
        <translation>Engine beenden</translation>
    </message>
    <message>
        <source>Restart the engine?</source>
        <translation>Engine neu starten?</translation>
    </message>
    <message>
        <source>Restart engine</source>
        <translation>Engine neu starten</translation>
    </message>
</context>
<context>
    <name>ModelMenu</name>
    <message>
        <source>Load</source>
        <translation>Laden</translation>
    </message>
    <message>
        <source>Unload</source>
        <translation>Entladen</translation>
    </message>
    <message>
        <source>Unpin</source>
        <translation>Lösen</translation>
    </message>
    <message>
        <source>Pin: keep in memory</source>
        <translation>Anheften: im Speicher halten</translation>
    </message>
    <message>
        <source>Unload when unused for…</source>
        <translation>Ungenutzt entladen nach …</translation>
    </message>
    <message>
        <source>Preload this model</source>
        <translation>Dieses Modell vorladen</translation>
    </message>
    <message>
        <source>Copy name</source>
        <translation>Name kopieren</translation>
    </message>
    <message>
        <source>name of the model</source>
        <translation>Name des Modells</translation>
    </message>
</context>
<context>
    <name>ModelRules</name>
    <message>
        <source>not unloaded for being unused</source>
        <translation>wird bei Nichtnutzung nicht entladen</translation>
    </message>
    <message>
        <source>unloaded after %1 unused</source>
        <translation>wird nach %1 ohne Nutzung entladen</translation>
    </message>
    <message>
        <source>loaded and unloaded by its own server</source>
        <translation>vom eigenen Server geladen und entladen</translation>
    </message>
    <message>
        <source>needs a newer engine</source>
        <translation>braucht eine neuere Engine</translation>
    </message>
    <message>
        <source>pinned</source>
        <translation>angeheftet</translation>
    </message>
    <message>
        <source>pinned: stays in memory</source>
        <translation>angeheftet: bleibt im Speicher</translation>
    </message>
    <message>
        <source>TTL ∞</source>
        <translation>TTL ∞</translation>
    </message>
    <message>
        <source>TTL %1</source>
        <translation>TTL %1</translation>
    </message>
    <message>
        <source>own rule</source>
        <translation>eigene Regel</translation>
    </message>
    <message>
        <source>by the setting</source>
        <translation>laut Einstellung</translation>
    </message>
    <message>
        <source>no preloads</source>
        <translation>kein Vorladen</translation>
    </message>
    <message>
        <source>never preloaded</source>
        <translation>wird nie vorgeladen</translation>
    </message>
    <message>
        <source>never</source>
        <translation>nie</translation>
    </message>
    <message>
        <source>own</source>
        <translation>eigene</translation>
    </message>
</context>
<context>
    <name>ModelsPage</name>
    <message>
        <source>Loads</source>
        <translation>Ladevorgänge</translation>
    </message>
    <message>
        <source>preload</source>
        <translation>vorgeladen</translation>
    </message>
    <message>
        <source>on demand</source>
        <translation>bei Bedarf</translation>
    </message>
    <message>
        <source>manual</source>
        <translation>manuell</translation>
    </message>
    <message>
        <source>in memory</source>
        <translation>im Speicher</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>fehlgeschlagen</translation>
    </message>
    <message>
        <source>Loads over time</source>
        <translation>Ladevorgänge im Zeitverlauf</translation>
    </message>
    <message>
        <source>no model was in memory in this window</source>
        <translation>in diesem Zeitraum war kein Modell im Speicher</translation>
    </message>
    <message>
        <source>Next-model probabilities</source>
        <translation>Wahrscheinlichkeit des nächsten Modells</translation>
    </message>
    <message>
        <source>not enough data yet: requests for two models, one after the other, are needed</source>
        <translation>noch zu wenig Daten: Es braucht Anfragen an zwei Modelle nacheinander</translation>
    </message>
    <message>
        <source>No models found</source>
        <translation>Keine Modelle gefunden</translation>
    </message>
    <message>
        <source>Waiting for the engine</source>
        <translation>Warten auf die Engine</translation>
    </message>
    <message>
        <source>Models come from the backends. Add a backend in the settings, or start the embedded runtime.</source>
        <translation>Modelle kommen von den Backends. Fügen Sie in den Einstellungen ein Backend hinzu oder starten Sie die eingebaute Runtime.</translation>
    </message>
    <message>
        <source>Its models appear here as soon as it responds.</source>
        <translation>Ihre Modelle erscheinen hier, sobald sie antwortet.</translation>
    </message>
    <message>
        <source>Open settings</source>
        <translation>Einstellungen öffnen</translation>
    </message>
    <message>
        <source>earlier loads are not kept</source>
        <translation>frühere werden nicht aufbewahrt</translation>
    </message>
</context>
<context>
    <name>ModelsTable</name>
    <message>
        <source>Models</source>
        <translation>Modelle</translation>
    </message>
    <message>
        <source>Load…</source>
        <translation>Laden …</translation>
    </message>
    <message>
        <source>Load a model into memory</source>
        <translation>Ein Modell in den Speicher laden</translation>
    </message>
    <message>
        <source>Every model that can be loaded is in memory</source>
        <translation>Alle ladbaren Modelle sind im Speicher</translation>
    </message>
    <message>
        <source>Unload idle</source>
        <translation>Unbenutzte entladen</translation>
    </message>
    <message>
        <source>Unload models that are neither pinned nor in use: %1</source>
        <translation>Modelle entladen, die weder angeheftet noch in Benutzung sind: %1</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>Backend</source>
        <translation>Backend</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>Art</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>Speicher</translation>
    </message>
    <message>
        <source>Load time</source>
        <translation>Ladezeit</translation>
    </message>
    <message>
        <source>Mean load time</source>
        <translation>Mittlere Ladezeit</translation>
    </message>
    <message>
        <source>Last used</source>
        <translation>Benutzt</translation>
    </message>
    <message>
        <source>Unload after</source>
        <translation>Entladen nach</translation>
    </message>
    <message>
        <source>Time without use after which it is unloaded</source>
        <translation>Zeit ohne Nutzung, nach der es entladen wird</translation>
    </message>
    <message>
        <source>Requests</source>
        <translation>Anfragen</translation>
    </message>
    <message>
        <source>Requests per second, last minute</source>
        <translation>Anfragen je Sekunde, letzte Minute</translation>
    </message>
    <message>
        <source>Predicted next</source>
        <translation>Als Nächstes</translation>
    </message>
    <message>
        <source>How likely the next request is for this model</source>
        <translation>Wie wahrscheinlich die nächste Anfrage an dieses Modell geht</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>Warum</translation>
    </message>
    <message>
        <source>predicted next %1</source>
        <translation>als Nächstes %1</translation>
    </message>
</context>
<context>
    <name>NavigationRail</name>
    <message>
        <source>Pages</source>
        <translation>Seiten</translation>
    </message>
    <message>
        <source>Copy the endpoint</source>
        <translation>Endpunkt kopieren</translation>
    </message>
    <message>
        <source>Copy endpoint</source>
        <translation>Endpunkt kopieren</translation>
    </message>
    <message>
        <source>Endpoint</source>
        <translation>Endpunkt</translation>
    </message>
    <message>
        <source>Copy as curl</source>
        <translation>Als curl kopieren</translation>
    </message>
    <message>
        <source>curl command</source>
        <translation>curl-Befehl</translation>
    </message>
    <message>
        <source>Copy as Python</source>
        <translation>Als Python kopieren</translation>
    </message>
    <message>
        <source>Python code</source>
        <translation>Python-Code</translation>
    </message>
</context>
<context>
    <name>NowTag</name>
    <message>
        <source>now</source>
        <translation>jetzt</translation>
    </message>
    <message>
        <source>These figures have no history: they show the present</source>
        <translation>Diese Werte haben keinen Verlauf: Sie zeigen den aktuellen Stand</translation>
    </message>
    <message>
        <source>latest</source>
        <translation>zuletzt</translation>
    </message>
    <message>
        <source>These figures have no history: they show the newest state known</source>
        <translation>Diese Werte haben keinen Verlauf: Sie zeigen den letzten bekannten Stand</translation>
    </message>
</context>
<context>
    <name>OpenConnections</name>
    <message>
        <source>Each connection</source>
        <translation>Einzelne Verbindungen</translation>
    </message>
    <message>
        <source>one square each: colour = state, opacity = age</source>
        <translation>je ein Quadrat: Farbe = Zustand, Deckkraft = Alter</translation>
    </message>
    <message>
        <source>Show the connections as squares (T)</source>
        <translation>Verbindungen als Quadrate zeigen (T)</translation>
    </message>
    <message>
        <source>Show the connections as a table with ages and uses (T)</source>
        <translation>Verbindungen als Tabelle mit Alter und Nutzungen zeigen (T)</translation>
    </message>
    <message>
        <source>Connections of %1 %2</source>
        <translation>Verbindungen von %1 %2</translation>
    </message>
    <message>
        <source>none open</source>
        <translation>keine offen</translation>
    </message>
    <message>
        <source>Backend</source>
        <translation>Backend</translation>
    </message>
    <message>
        <source>Protocol</source>
        <translation>Protokoll</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Age</source>
        <translation>Alter</translation>
    </message>
    <message>
        <source>Uses</source>
        <translation>Nutzungen</translation>
    </message>
    <message>
        <source>Requests it has carried</source>
        <translation>Anfragen, die sie übertragen hat</translation>
    </message>
    <message>
        <source>Unused for</source>
        <translation>Unbenutzt seit</translation>
    </message>
    <message>
        <source>Calls</source>
        <translation>Aufrufe</translation>
    </message>
    <message>
        <source>gRPC calls in flight</source>
        <translation>Laufende gRPC-Aufrufe</translation>
    </message>
    <message>
        <source>%1 %2, %3, open %4, %5 uses</source>
        <translation>%1 %2, %3, offen %4, %5 Nutzungen</translation>
    </message>
</context>
<context>
    <name>Pages</name>
    <message>
        <source>Flow</source>
        <translation>Ablauf</translation>
    </message>
    <message>
        <source>every request, from client to response</source>
        <translation>jede Anfrage, vom Client bis zur Antwort</translation>
    </message>
    <message>
        <source>Requests</source>
        <translation>Anfragen</translation>
    </message>
    <message>
        <source>every request, and where its time went</source>
        <translation>jede Anfrage und ihre Zeiten</translation>
    </message>
    <message>
        <source>Connections</source>
        <translation>Verbindungen</translation>
    </message>
    <message>
        <source>what is open, what is reused, and why it closes</source>
        <translation>offen, wiederverwendet, geschlossen, und warum</translation>
    </message>
    <message>
        <source>Batches</source>
        <translation>Batches</translation>
    </message>
    <message>
        <source>how requests are merged, and why each batch was dispatched</source>
        <translation>wie Anfragen zusammengefasst werden und was jeden Batch auslöst</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>Modelle</translation>
    </message>
    <message>
        <source>what is in memory, and what is predicted next</source>
        <translation>was im Speicher ist und was als Nächstes erwartet wird</translation>
    </message>
    <message>
        <source>Streams</source>
        <translation>Streams</translation>
    </message>
    <message>
        <source>responses being sent, and who slows them down</source>
        <translation>Antworten, die gesendet werden, und wer sie bremst</translation>
    </message>
    <message>
        <source>Events</source>
        <translation>Ereignisse</translation>
    </message>
    <message>
        <source>what happened, when and where</source>
        <translation>was wann und wo passiert ist</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>edit, check, apply live</source>
        <translation>ändern, prüfen, im Betrieb anwenden</translation>
    </message>
</context>
<context>
    <name>Phrases</name>
    <message numerus="yes">
        <source>%Ln row(s)</source>
        <translation>
            <numerusform>%Ln Zeile</numerusform>
            <numerusform>%Ln Zeilen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln request(s)</source>
        <translation>
            <numerusform>%Ln Anfrage</numerusform>
            <numerusform>%Ln Anfragen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln batch(es)</source>
        <translation>
            <numerusform>%Ln Batch</numerusform>
            <numerusform>%Ln Batches</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln model(s)</source>
        <translation>
            <numerusform>%Ln Modell</numerusform>
            <numerusform>%Ln Modelle</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln connection(s)</source>
        <translation>
            <numerusform>%Ln Verbindung</numerusform>
            <numerusform>%Ln Verbindungen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln failure(s)</source>
        <translation>
            <numerusform>%Ln Fehler</numerusform>
            <numerusform>%Ln Fehler</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln time(s)</source>
        <translation>
            <numerusform>%Ln Mal</numerusform>
            <numerusform>%Ln Mal</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln event(s)</source>
        <translation>
            <numerusform>%Ln Event</numerusform>
            <numerusform>%Ln Events</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln stream(s)</source>
        <translation>
            <numerusform>%Ln Stream</numerusform>
            <numerusform>%Ln Streams</numerusform>
        </translation>
    </message>
    <message>
        <source>%1; %2</source>
        <translation>%1; %2</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <translation>%1, %2</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <translation>%1 (%2)</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>was already in memory</source>
        <translation>war schon im Speicher</translation>
    </message>
    <message>
        <source>its backend manages it</source>
        <translation>sein Backend verwaltet es</translation>
    </message>
    <message>
        <source>requested by a client</source>
        <translation>von einem Client angefordert</translation>
    </message>
    <message>
        <source>requested by %1</source>
        <translation>angefordert von %1</translation>
    </message>
    <message>
        <source>requested manually</source>
        <translation>manuell angefordert</translation>
    </message>
    <message>
        <source>requested while it was being unloaded</source>
        <translation>angefordert, während es entladen wurde</translation>
    </message>
    <message>
        <source>it is pinned</source>
        <translation>es ist angeheftet</translation>
    </message>
    <message>
        <source>evicted for %1</source>
        <translation>verdrängt für %1</translation>
    </message>
    <message>
        <source>evicted to preload %1</source>
        <translation>verdrängt, um %1 vorzuladen</translation>
    </message>
    <message>
        <source>evicted to comply with the limit of %1</source>
        <translation>verdrängt, um die Grenze von %1 einzuhalten</translation>
    </message>
    <message>
        <source>unloaded after %1 without use</source>
        <translation>nach %1 ohne Nutzung entladen</translation>
    </message>
    <message>
        <source>unloaded manually</source>
        <translation>manuell entladen</translation>
    </message>
    <message>
        <source>unloaded for a client</source>
        <translation>für einen Client entladen</translation>
    </message>
    <message>
        <source>dropped by its backend</source>
        <translation>von seinem Backend entladen</translation>
    </message>
    <message>
        <source>removed from its backend</source>
        <translation>aus seinem Backend entfernt</translation>
    </message>
    <message>
        <source>lost when its backend went down</source>
        <translation>verloren, als sein Backend ausfiel</translation>
    </message>
    <message>
        <source>dropped (%1)</source>
        <translation>verworfen (%1)</translation>
    </message>
    <message>
        <source>it took longer than %1</source>
        <translation>es dauerte länger als %1</translation>
    </message>
    <message>
        <source>cancelled to make room for %1</source>
        <translation>abgebrochen, um Platz für %1 zu schaffen</translation>
    </message>
    <message>
        <source>cancelled to load %1 first</source>
        <translation>abgebrochen, um zuerst %1 zu laden</translation>
    </message>
    <message>
        <source>the model was removed</source>
        <translation>das Modell wurde entfernt</translation>
    </message>
    <message>
        <source>its backend went down</source>
        <translation>sein Backend ist ausgefallen</translation>
    </message>
    <message>
        <source>displaced from the load queue by a more urgent load</source>
        <translation>von einem dringenderen Ladevorgang aus der Warteschlange verdrängt</translation>
    </message>
    <message>
        <source>no request waits for it any more</source>
        <translation>keine Anfrage wartet mehr darauf</translation>
    </message>
    <message>
        <source>unpinned</source>
        <translation>gelöst</translation>
    </message>
    <message>
        <source>its memory was needed</source>
        <translation>sein Speicher wurde gebraucht</translation>
    </message>
    <message>
        <source>the backend already had it</source>
        <translation>das Backend hatte es schon</translation>
    </message>
    <message>
        <source>loading failed: %1</source>
        <translation>Laden fehlgeschlagen: %1</translation>
    </message>
    <message>
        <source>unloading failed: %1</source>
        <translation>Entladen fehlgeschlagen: %1</translation>
    </message>
    <message>
        <source>%1; %2 still has it: %3</source>
        <translation>%1; %2 hat es noch: %3</translation>
    </message>
    <message>
        <source>%1; not preloaded for %2, or until it is requested</source>
        <translation>%1; wird %2 lang oder bis zur nächsten Anforderung nicht vorgeladen</translation>
    </message>
    <message>
        <source>the engine is stopping</source>
        <translation>die Engine wird beendet</translation>
    </message>
    <message>
        <source>%1 of the requests repeat the last model</source>
        <translation>%1 der Anfragen wiederholen das letzte Modell</translation>
    </message>
    <message>
        <source>it receives %1 of the requests</source>
        <translation>es erhält %1 der Anfragen</translation>
    </message>
    <message>
        <source>it received %1 of the last %2</source>
        <translation>es erhielt %1 der letzten %2</translation>
    </message>
    <message>
        <source>it was used last; models used that recently are requested next %1 of the time</source>
        <translation>es wurde zuletzt benutzt; so kürzlich benutzte Modelle werden in %1 der Fälle als Nächste angefordert</translation>
    </message>
    <message>
        <source>it was used %1 ago; models used that recently are requested next %2 of the time</source>
        <translation>es wurde vor %1 benutzt; so kürzlich benutzte Modelle werden in %2 der Fälle als Nächste angefordert</translation>
    </message>
    <message>
        <source>after %1, %2 came %3 of %4</source>
        <translation>nach %1 kam %2 in %3 von %4</translation>
    </message>
    <message>
        <source>after %1, %2 came next %3 of %4</source>
        <translation>auf %1 folgte %2 in %3 von %4</translation>
    </message>
    <message>
        <source>after %1, %2 came next %3 of %4 at %5</source>
        <translation>auf %1 folgte %2 in %3 von %4 bei %5</translation>
    </message>
    <message>
        <source>runs of %1 continue after %2 in %3 of cases</source>
        <translation>Folgen von %1 gehen nach %2 in %3 der Fälle weiter</translation>
    </message>
    <message>
        <source>after %1 and a pause of about %2, %3 came %4 of %5</source>
        <translation>nach %1 und einer Pause von etwa %2 kam %3 in %4 von %5</translation>
    </message>
    <message>
        <source>%1 continues from %2 to %3 in %4 of cases</source>
        <translation>%1 geht in %4 der Fälle von %2 zu %3 über</translation>
    </message>
    <message>
        <source>the active client continues from %1 to %2 in %3 of cases</source>
        <translation>der aktive Client geht in %3 der Fälle von %1 zu %2 über</translation>
    </message>
    <message>
        <source>%1 likely next</source>
        <translation>mit %1 Wahrscheinlichkeit als Nächstes</translation>
    </message>
    <message>
        <source>%1 likely after %2</source>
        <translation>mit %1 Wahrscheinlichkeit nach %2</translation>
    </message>
    <message>
        <source>%1 (%2 likely then)</source>
        <translation>%1 (dann mit %2 Wahrscheinlichkeit)</translation>
    </message>
    <message>
        <source>%1, then %2 (%3 likely by then)</source>
        <translation>%1, dann %2 (bis dahin mit %3 Wahrscheinlichkeit)</translation>
    </message>
    <message>
        <source>flush: all %1 queued requests are dispatched</source>
        <translation>Leeren: alle %1 wartenden Anfragen werden abgesendet</translation>
    </message>
    <message>
        <source>the batch timeout of %1 had passed (batcher.timeout_ms); its oldest request waited %2</source>
        <translation>das Batch-Zeitlimit von %1 war abgelaufen (batcher.timeout_ms); die älteste Anfrage wartete %2</translation>
    </message>
    <message>
        <source>a request must complete within %1, and the run takes about %2</source>
        <translation>eine Anfrage muss in %1 fertig sein, und der Lauf dauert etwa %2</translation>
    </message>
    <message>
        <source>the backend became idle; %1 of %2 were collected in %3</source>
        <translation>das Backend wurde frei; %1 von %2 wurden in %3 gesammelt</translation>
    </message>
    <message>
        <source>the backend was idle, and too little has been measured yet to justify waiting</source>
        <translation>das Backend war frei, und es ist noch zu wenig gemessen, um Warten zu rechtfertigen</translation>
    </message>
    <message>
        <source>another batch was in flight, but waiting would save only %1 of a %2 run</source>
        <translation>ein anderer Batch lief, aber Warten würde nur %1 von einem Lauf von %2 sparen</translation>
    </message>
    <message>
        <source>the backend was idle, and waiting would not pay off: the next request is expected in %1, a run takes %2 + %3 per row</source>
        <translation>das Backend war frei, und Warten würde sich nicht lohnen: die nächste Anfrage wird in %1 erwartet, ein Lauf dauert %2 + %3 je Zeile</translation>
    </message>
    <message>
        <source>the backend was idle, and no other request arrived within %1</source>
        <translation>das Backend war frei, und innerhalb von %1 kam keine andere Anfrage</translation>
    </message>
    <message>
        <source>a request of %1 exceeds the limit of %2 and was sent alone</source>
        <translation>eine Anfrage mit %1 überschreitet die Grenze von %2 und wurde allein gesendet</translation>
    </message>
    <message>
        <source>full: %1 of %2</source>
        <translation>voll: %1 von %2</translation>
    </message>
    <message>
        <source>full: %1 of %2, the next request has %3</source>
        <translation>voll: %1 von %2, die nächste Anfrage hat %3</translation>
    </message>
    <message>
        <source>full: %1 of %2 by size</source>
        <translation>voll: %1 von %2 nach Größe</translation>
    </message>
    <message>
        <source>full: %1 of %2 by size, the next request has %3</source>
        <translation>voll: %1 von %2 nach Größe, die nächste Anfrage hat %3</translation>
    </message>
    <message>
        <source>fixed at %1: adaptive size is off</source>
        <translation>fest bei %1: adaptive Größe ist aus</translation>
    </message>
    <message>
        <source>started at %1</source>
        <translation>begonnen mit %1</translation>
    </message>
    <message>
        <source>changed from %1 to %2: the settings allow %3 to %4</source>
        <translation>von %1 auf %2 geändert: die Einstellungen erlauben %3 bis %4</translation>
    </message>
    <message>
        <source>reverted from %1 to %2: a row took %3 instead of %4</source>
        <translation>von %1 auf %2 zurückgenommen: eine Zeile dauerte %3 statt %4</translation>
    </message>
    <message>
        <source>stays at %1: requests take %2 (goal %3), but a run only %4; queueing is the reason</source>
        <translation>bleibt bei %1: Anfragen dauern %2 (Ziel %3), ein Lauf aber nur %4; der Grund ist die Warteschlange</translation>
    </message>
    <message>
        <source>stays at %1: a run of one row takes %2; no size meets the goal of %3</source>
        <translation>bleibt bei %1: ein Lauf mit einer Zeile dauert %2; keine Größe erreicht das Ziel von %3</translation>
    </message>
    <message>
        <source>stays at %1: requests take %2 (goal %3), but %4 of a run do not depend on its size</source>
        <translation>bleibt bei %1: Anfragen dauern %2 (Ziel %3), aber %4 eines Laufs hängen nicht von seiner Größe ab</translation>
    </message>
    <message>
        <source>reduced from %1 to %2: requests take %3, the goal is %4</source>
        <translation>von %1 auf %2 verringert: Anfragen dauern %3, das Ziel ist %4</translation>
    </message>
    <message>
        <source>increased from %1 to %2: %3 of %4 were full and requests take %5 in total, but a run only %6</source>
        <translation>von %1 auf %2 erhöht: %3 von %4 waren voll, und Anfragen dauern insgesamt %5, ein Lauf aber nur %6</translation>
    </message>
    <message>
        <source>increased from %1 to %2: %3 of %4 were full and requests take %5 of %6</source>
        <translation>von %1 auf %2 erhöht: %3 von %4 waren voll, und Anfragen dauern %5 von %6</translation>
    </message>
    <message>
        <source>the model accepts at most %1</source>
        <translation>das Modell nimmt höchstens %1 an</translation>
    </message>
    <message>
        <source>at most %1 for another %2: the backend refused %3 (%4)</source>
        <translation>höchstens %1 für weitere %2: das Backend hat %3 abgewiesen (%4)</translation>
    </message>
    <message>
        <source>at most %1, probing for more: the backend refused %2 (%3)</source>
        <translation>höchstens %1, mehr wird versucht: das Backend hat %2 abgewiesen (%3)</translation>
    </message>
    <message>
        <source>large requests are sent alone</source>
        <translation>große Anfragen werden allein gesendet</translation>
    </message>
    <message>
        <source>%1 of the time of the last %2 served was spent waiting for a connection</source>
        <translation>%1 der Zeit der letzten %2 vergingen mit Warten auf eine Verbindung</translation>
    </message>
    <message>
        <source>%1 of the time of the last %2 served was spent waiting in a batch</source>
        <translation>%1 der Zeit der letzten %2 vergingen mit Warten in einem Batch</translation>
    </message>
    <message>
        <source>%1 of the time of the last %2 served was spent waiting for a model</source>
        <translation>%1 der Zeit der letzten %2 vergingen mit Warten auf ein Modell</translation>
    </message>
    <message>
        <source>%1 of the time of the last %2 served was spent at the backend</source>
        <translation>%1 der Zeit der letzten %2 vergingen beim Backend</translation>
    </message>
    <message>
        <source>%1 of the time of the last %2 served was spent waiting for the client to read</source>
        <translation>%1 der Zeit der letzten %2 vergingen mit Warten darauf, dass der Client liest</translation>
    </message>
    <message>
        <source>configured</source>
        <translation>eingestellt</translation>
    </message>
    <message>
        <source>the server announced a keep-alive time of %1</source>
        <translation>der Server hat eine Keep-alive-Zeit von %1 angekündigt</translation>
    </message>
    <message>
        <source>the server closed idle connections after %1, %2</source>
        <translation>der Server hat freie Verbindungen nach %1 geschlossen, %2</translation>
    </message>
    <message>
        <source>health check passed in %1</source>
        <translation>Zustandsprüfung in %1 bestanden</translation>
    </message>
    <message>
        <source>health check passed in %1, %2 after it was ejected</source>
        <translation>Zustandsprüfung in %1 bestanden, %2 nach dem Ausschluss</translation>
    </message>
    <message>
        <source>disabled</source>
        <translation>abgeschaltet</translation>
    </message>
    <message>
        <source>enabled again</source>
        <translation>wieder eingeschaltet</translation>
    </message>
    <message>
        <source>process %1: %2 %3</source>
        <translation>Prozess %1: %2 %3</translation>
    </message>
    <message>
        <source>restarted as process %1 after the previous one %2</source>
        <translation>als Prozess %1 neu gestartet; der vorige: %2</translation>
    </message>
    <message>
        <source>its list of models cannot be read: %1; name its models in backends[].models if it has no list</source>
        <translation>seine Modellliste ist nicht lesbar: %1; hat es keine, nennen Sie seine Modelle in backends[].models</translation>
    </message>
    <message>
        <source>it is up, and its list of models is empty</source>
        <translation>es läuft, und seine Modellliste ist leer</translation>
    </message>
    <message>
        <source>its list of models was read</source>
        <translation>seine Modellliste wurde gelesen</translation>
    </message>
    <message>
        <source>its models are listed; it replaces the previous configuration</source>
        <translation>seine Modelle sind bekannt; es ersetzt die vorige Konfiguration</translation>
    </message>
    <message>
        <source>it replaces the previous configuration although %1</source>
        <translation>es ersetzt die vorige Konfiguration trotz: %1</translation>
    </message>
    <message>
        <source>%1; requests are sent without an API key</source>
        <translation>%1; Anfragen werden ohne API-Schlüssel gesendet</translation>
    </message>
    <message>
        <source>%1; the backend is not used until this is fixed and the engine restarted</source>
        <translation>%1; das Backend wird nicht benutzt, bis dies behoben und die Engine neu gestartet ist</translation>
    </message>
    <message>
        <source>drained by the operator: accepts no new requests</source>
        <translation>manuell auslaufend: nimmt keine neuen Anfragen an</translation>
    </message>
    <message>
        <source>resumed by the operator</source>
        <translation>manuell fortgesetzt</translation>
    </message>
    <message>
        <source>%1 closed by the operator</source>
        <translation>%1 manuell geschlossen</translation>
    </message>
    <message>
        <source>its list of models cannot be read: %1</source>
        <translation>seine Modellliste ist nicht lesbar: %1</translation>
    </message>
    <message>
        <source>its list of models is empty</source>
        <translation>seine Modellliste ist leer</translation>
    </message>
    <message>
        <source>its models could not be listed: %1</source>
        <translation>seine Modelle konnten nicht abgefragt werden: %1</translation>
    </message>
    <message>
        <source>loaded in %1: %2</source>
        <translation>geladen in %1: %2</translation>
    </message>
    <message>
        <source>preloaded in %1: %2</source>
        <translation>vorgeladen in %1: %2</translation>
    </message>
    <message>
        <source>after %1: %2</source>
        <translation>nach %1: %2</translation>
    </message>
    <message>
        <source>pinned by the operator: stays in memory</source>
        <translation>manuell angeheftet: bleibt im Speicher</translation>
    </message>
    <message>
        <source>unpinned by the operator: may be evicted again</source>
        <translation>manuell gelöst: darf wieder verdrängt werden</translation>
    </message>
    <message>
        <source>the learned predictions were lost: %1</source>
        <translation>die gelernten Vorhersagen sind verloren: %1</translation>
    </message>
    <message>
        <source>the learned predictions were lost: %1; the file is kept as %2</source>
        <translation>die gelernten Vorhersagen sind verloren: %1; die Datei bleibt als %2 erhalten</translation>
    </message>
    <message>
        <source>revision %1</source>
        <translation>Revision %1</translation>
    </message>
    <message>
        <source>revision %1 by %2</source>
        <translation>Revision %1 von %2</translation>
    </message>
    <message>
        <source>%1 %2 → %3</source>
        <translation>%1 %2 → %3</translation>
    </message>
    <message>
        <source>%1 and %2 more</source>
        <translation>%1 und %2 weitere</translation>
    </message>
    <message>
        <source>guarded revision %1 kept: %2</source>
        <translation>abgesicherte Revision %1 beibehalten: %2</translation>
    </message>
    <message>
        <source>guarded revision %1 made it worse but was not reverted, because that would also revert later changes: %2; millracectl config rollback %3 reverts both</source>
        <translation>die abgesicherte Revision %1 hat es verschlechtert, wurde aber nicht zurückgenommen, weil das auch spätere Änderungen zurücknähme: %2; millracectl config rollback %3 nimmt beide zurück</translation>
    </message>
    <message>
        <source>guarded revision %1 made it worse and could not be reverted: %2</source>
        <translation>die abgesicherte Revision %1 hat es verschlechtert und konnte nicht zurückgenommen werden: %2</translation>
    </message>
    <message>
        <source>guarded revision %1 was not evaluated and stays active: %2</source>
        <translation>die abgesicherte Revision %1 wurde nicht bewertet und bleibt aktiv: %2</translation>
    </message>
    <message>
        <source>guarded revision %1 was reverted: %2</source>
        <translation>die abgesicherte Revision %1 wurde zurückgenommen: %2</translation>
    </message>
    <message>
        <source>the configuration file %1 is missing; its values stay active (millracectl config set PATH= resets one)</source>
        <translation>die Konfigurationsdatei %1 fehlt; ihre Werte bleiben aktiv (millracectl config set PFAD= setzt einen zurück)</translation>
    </message>
    <message>
        <source>the engine exited before the evaluation ended</source>
        <translation>die Engine wurde vor dem Ende der Bewertung beendet</translation>
    </message>
    <message>
        <source>%1 completed before it, %2 are needed to compare</source>
        <translation>%1 davor abgeschlossen, zum Vergleich sind %2 nötig</translation>
    </message>
    <message>
        <source>%1 completed after it, %2 are needed to compare</source>
        <translation>%1 danach abgeschlossen, zum Vergleich sind %2 nötig</translation>
    </message>
    <message>
        <source>before there were figures to compare</source>
        <translation>bevor es Werte zum Vergleich gab</translation>
    </message>
    <message>
        <source>requests failed, refused or rejected %1 → %2</source>
        <translation>Anfragen fehlgeschlagen, abgewiesen oder ungültig %1 → %2</translation>
    </message>
    <message>
        <source>p99 of tensor calls %1 → %2</source>
        <translation>p99 der Tensor-Aufrufe %1 → %2</translation>
    </message>
    <message>
        <source>p99 of embeddings %1 → %2</source>
        <translation>p99 der Embeddings %1 → %2</translation>
    </message>
    <message>
        <source>p99 of chats and completions %1 → %2</source>
        <translation>p99 der Chats und Completions %1 → %2</translation>
    </message>
    <message>
        <source>%1, within its normal variation (± %2)</source>
        <translation>%1, innerhalb der üblichen Schwankung (± %2)</translation>
    </message>
    <message>
        <source>%1 (revision %2 followed it after %3)</source>
        <translation>%1 (Revision %2 folgte nach %3)</translation>
    </message>
    <message>
        <source>the previous revision is no longer stored</source>
        <translation>die vorige Revision ist nicht mehr gespeichert</translation>
    </message>
    <message>
        <source>listens on %1 (HTTP) and %2 (gRPC)</source>
        <translation>lauscht auf %1 (HTTP) und %2 (gRPC)</translation>
    </message>
    <message>
        <source>%1: %2 in flight are being finished</source>
        <translation>%1: %2 in Arbeit werden noch abgeschlossen</translation>
    </message>
    <message>
        <source>signal %1</source>
        <translation>Signal %1</translation>
    </message>
    <message>
        <source>requested over the control socket</source>
        <translation>über den Steuer-Socket angefordert</translation>
    </message>
    <message>
        <source>%1 were aborted (limits.drain_timeout_ms)</source>
        <translation>%1 abgebrochen (limits.drain_timeout_ms)</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>beendet</translation>
    </message>
    <message>
        <source>the control socket %1 is available again</source>
        <translation>der Steuer-Socket %1 ist wieder da</translation>
    </message>
    <message>
        <source>the control socket %1 is missing: %2; it is recreated as soon as possible</source>
        <translation>der Steuer-Socket %1 fehlt: %2; er wird so bald wie möglich neu angelegt</translation>
    </message>
    <message>
        <source>its file was removed or replaced</source>
        <translation>seine Datei wurde entfernt oder ersetzt</translation>
    </message>
    <message>
        <source>cannot accept connections: %1</source>
        <translation>Verbindungen können nicht angenommen werden: %1</translation>
    </message>
    <message>
        <source>%1 in the state folder can be written again</source>
        <translation>%1 im Zustandsordner ist wieder schreibbar</translation>
    </message>
    <message>
        <source>%1 in the state folder cannot be written: %2; requests are still served</source>
        <translation>%1 im Zustandsordner ist nicht schreibbar: %2; Anfragen werden weiter beantwortet</translation>
    </message>
    <message>
        <source>%1 could not be read (%2); it was kept as %3 and a new file was created</source>
        <translation>%1 war nicht lesbar (%2); die Datei bleibt als %3 erhalten, eine neue wurde angelegt</translation>
    </message>
    <message>
        <source>responses in flight have reached the limit of %1; reading from backends pauses until half of it is free</source>
        <translation>laufende Antworten haben die Grenze von %1 erreicht; das Lesen von Backends pausiert, bis die Hälfte frei ist</translation>
    </message>
    <message>
        <source>%1 client connections are open (limits.clients_max); more are refused</source>
        <translation>%1 Client-Verbindungen sind offen (limits.clients_max); weitere werden abgewiesen</translation>
    </message>
    <message>
        <source>the engine was blocked for %1: all requests waited</source>
        <translation>die Engine war %1 lang blockiert: alle Anfragen warteten</translation>
    </message>
    <message>
        <source>the engine was blocked %1, for %2 in total, at most %3: all requests waited</source>
        <translation>die Engine war %1 blockiert, insgesamt %2, höchstens %3: alle Anfragen warteten</translation>
    </message>
    <message>
        <source>the system&apos;s time moved by %1 forward: the machine was suspended, or its clock was set</source>
        <translation>die Systemzeit sprang um %1 vor: der Rechner war im Ruhezustand, oder seine Uhr wurde gestellt</translation>
    </message>
    <message>
        <source>the system&apos;s time moved by %1 backward: its clock was set</source>
        <translation>die Systemzeit sprang um %1 zurück: die Uhr wurde gestellt</translation>
    </message>
    <message>
        <source>a response was interrupted after %1: %2</source>
        <translation>eine Antwort wurde nach %1 unterbrochen: %2</translation>
    </message>
    <message>
        <source>a response was interrupted after %1: %2 (and %3 before)</source>
        <translation>eine Antwort wurde nach %1 unterbrochen: %2 (und davor %3)</translation>
    </message>
    <message>
        <source>at most %1 for another %2: one by one (%3)</source>
        <translation>höchstens %1 für weitere %2: einzeln (%3)</translation>
    </message>
    <message>
        <source>at most %1, probing for more: one by one (%2)</source>
        <translation>höchstens %1, mehr wird versucht: einzeln (%2)</translation>
    </message>
    <message>
        <source>preloading is off for this model</source>
        <translation>Vorladen ist für dieses Modell ausgeschaltet</translation>
    </message>
    <message>
        <source>set by the operator: unloaded after %1 without use</source>
        <translation>manuell gesetzt: wird nach %1 ohne Nutzung entladen</translation>
    </message>
    <message>
        <source>set by the operator: not unloaded for being unused</source>
        <translation>manuell gesetzt: wird bei Nichtnutzung nicht entladen</translation>
    </message>
    <message>
        <source>reset by the operator: %1 applies again</source>
        <translation>manuell zurückgesetzt: %1 gilt wieder</translation>
    </message>
    <message>
        <source>switched off by the operator: loaded only when it is requested</source>
        <translation>manuell ausgeschaltet: wird nur auf Anfrage geladen</translation>
    </message>
    <message>
        <source>switched on again by the operator</source>
        <translation>manuell wieder eingeschaltet</translation>
    </message>
    <message>
        <source>%1 %2</source>
        <translation>%1 %2</translation>
    </message>
    <message>
        <source>at least %1</source>
        <translation>mindestens %1</translation>
    </message>
    <message>
        <source>at most %1</source>
        <translation>höchstens %1</translation>
    </message>
    <message>
        <source>must be %1, is %2</source>
        <translation>erwartet: %1, angegeben: %2</translation>
    </message>
    <message>
        <source>must be %1</source>
        <translation>erwartet: %1</translation>
    </message>
    <message>
        <source>must be one of %1, is %2</source>
        <translation>erwartet: eines von %1, angegeben: %2</translation>
    </message>
    <message>
        <source>must be %1; %2 is not one of the suffixes %3</source>
        <translation>erwartet: %1; %2 ist keine der Endungen %3</translation>
    </message>
    <message>
        <source>must be at most %1 (%2), is %3</source>
        <translation>darf höchstens %1 sein (%2), angegeben: %3</translation>
    </message>
    <message>
        <source>must be at least %1 (%2), is %3</source>
        <translation>muss mindestens %1 sein (%2), angegeben: %3</translation>
    </message>
    <message>
        <source>must be at most %1 bytes, has %2</source>
        <translation>darf höchstens %1 Bytes haben, hat %2</translation>
    </message>
    <message>
        <source>must be UTF-8 text without control characters</source>
        <translation>muss UTF-8-Text ohne Steuerzeichen sein</translation>
    </message>
    <message>
        <source>must have at most %1 entries, has %2</source>
        <translation>darf höchstens %1 Einträge haben, hat %2</translation>
    </message>
    <message>
        <source>contains a setting that this engine does not know; the engine is older than the client</source>
        <translation>enthält eine Einstellung, die diese Engine nicht kennt; die Engine ist älter als der Client</translation>
    </message>
    <message>
        <source>is not a setting; did you mean %1?</source>
        <translation>ist keine Einstellung; ist %1 gemeint?</translation>
    </message>
    <message>
        <source>is not a setting; %1 has %2</source>
        <translation>ist keine Einstellung; %1 hat %2</translation>
    </message>
    <message>
        <source>is not a setting; the groups are %1</source>
        <translation>ist keine Einstellung; die Gruppen sind %1</translation>
    </message>
    <message>
        <source>is specified twice</source>
        <translation>ist doppelt angegeben</translation>
    </message>
    <message>
        <source>must be host:port, such as 127.0.0.1:11500, is %1</source>
        <translation>muss Host:Port sein, etwa 127.0.0.1:11500, angegeben: %1</translation>
    </message>
    <message>
        <source>must be a loopback address (127.0.0.1, [::1] or localhost), is %1: other addresses would need TLS and API keys, which this engine does not support</source>
        <translation>muss eine Loopback-Adresse sein (127.0.0.1, [::1] oder localhost), angegeben: %1: andere Adressen bräuchten TLS und API-Schlüssel, die diese Engine nicht unterstützt</translation>
    </message>
    <message>
        <source>must differ from %1, both are %2</source>
        <translation>muss sich von %1 unterscheiden, beide sind %2</translation>
    </message>
    <message>
        <source>must be a full path, is %1</source>
        <translation>muss ein vollständiger Pfad sein, angegeben: %1</translation>
    </message>
    <message>
        <source>must be an http or https address, such as http://127.0.0.1:8080/v1, is %1</source>
        <translation>muss eine http- oder https-Adresse sein, etwa http://127.0.0.1:8080/v1, angegeben: %1</translation>
    </message>
    <message>
        <source>must be an http or https address, such as http://127.0.0.1:8080/v1, is empty</source>
        <translation>muss eine http- oder https-Adresse sein, etwa http://127.0.0.1:8080/v1, ist leer</translation>
    </message>
    <message>
        <source>must not contain a user or password; name the environment variable that holds the key in api_key_env</source>
        <translation>darf weder Benutzer noch Passwort enthalten; nennen Sie in api_key_env die Umgebungsvariable mit dem Schlüssel</translation>
    </message>
    <message>
        <source>is this engine&apos;s own address (%1), which would loop; enter the address of the inference server</source>
        <translation>ist die eigene Adresse dieser Engine (%1): Anfragen liefen im Kreis; geben Sie die Adresse des Inferenzservers an</translation>
    </message>
    <message>
        <source>must be letters, digits, dot, dash or underscore, is %1</source>
        <translation>nur Buchstaben, Ziffern, Punkt, Binde- oder Unterstrich, angegeben: %1</translation>
    </message>
    <message>
        <source>must be unique, %1 already exists</source>
        <translation>muss eindeutig sein, %1 gibt es schon</translation>
    </message>
    <message>
        <source>must be a name of 1 to %1 bytes</source>
        <translation>muss ein Name von 1 bis %1 Bytes sein</translation>
    </message>
    <message>
        <source>must be the name of an environment variable (letters, digits, underscore; the key itself is not stored here)</source>
        <translation>muss der Name einer Umgebungsvariable sein (Buchstaben, Ziffern, Unterstrich; der Schlüssel selbst wird hier nicht gespeichert)</translation>
    </message>
    <message>
        <source>must be a host name, such as workstation.lan, is %1</source>
        <translation>muss ein Hostname sein, etwa workstation.lan, angegeben: %1</translation>
    </message>
    <message>
        <source>is given by the flag (%1) and cannot be changed here</source>
        <translation>ist durch eine Kommandozeilenoption vorgegeben (%1) und hier nicht änderbar</translation>
    </message>
    <message>
        <source>is given by the environment (%1) and cannot be changed here</source>
        <translation>ist durch die Umgebung vorgegeben (%1) und hier nicht änderbar</translation>
    </message>
    <message>
        <source>the configuration must be a JSON object, is %1</source>
        <translation>die Konfiguration muss ein JSON-Objekt sein, angegeben: %1</translation>
    </message>
    <message>
        <source>null</source>
        <translation>der Wert null</translation>
    </message>
    <message>
        <source>true or false</source>
        <translation>true oder false</translation>
    </message>
    <message>
        <source>a text</source>
        <translation>ein Text</translation>
    </message>
    <message>
        <source>a list</source>
        <translation>eine Liste</translation>
    </message>
    <message>
        <source>an object</source>
        <translation>ein Objekt</translation>
    </message>
    <message>
        <source>a number</source>
        <translation>eine Zahl</translation>
    </message>
    <message>
        <source>a whole number</source>
        <translation>eine ganze Zahl</translation>
    </message>
</context>
<context>
    <name>PlotTableView</name>
    <message>
        <source>Time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>Show this moment on the charts</source>
        <translation>Diesen Zeitpunkt in den Diagrammen zeigen</translation>
    </message>
    <message>
        <source>Copy row</source>
        <translation>Zeile kopieren</translation>
    </message>
</context>
<context>
    <name>PoolMenu</name>
    <message>
        <source>Probe now</source>
        <translation>Jetzt prüfen</translation>
    </message>
    <message>
        <source>Evict idle connections</source>
        <translation>Freie Verbindungen schließen</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Fortsetzen</translation>
    </message>
    <message>
        <source>Drain</source>
        <translation>Auslaufen lassen</translation>
    </message>
    <message>
        <source>Edit limits</source>
        <translation>Grenzen ändern</translation>
    </message>
    <message>
        <source>Copy address</source>
        <translation>Adresse kopieren</translation>
    </message>
    <message>
        <source>address of %1</source>
        <translation>Adresse von %1</translation>
    </message>
</context>
<context>
    <name>PoolsTable</name>
    <message>
        <source>Backends</source>
        <translation>Backends</translation>
    </message>
    <message>
        <source>busy</source>
        <translation>belegt</translation>
    </message>
    <message>
        <source>idle</source>
        <translation>frei</translation>
    </message>
    <message>
        <source>connecting</source>
        <translation>im Aufbau</translation>
    </message>
    <message>
        <source>draining</source>
        <translation>auslaufend</translation>
    </message>
    <message>
        <source>Backend</source>
        <translation>Backend</translation>
    </message>
    <message>
        <source>Occupancy</source>
        <translation>Belegung</translation>
    </message>
    <message>
        <source>Trend</source>
        <translation>Verlauf</translation>
    </message>
    <message>
        <source>Busy connections, last minute</source>
        <translation>Belegte Verbindungen, letzte Minute</translation>
    </message>
    <message>
        <source>open</source>
        <translation>offen</translation>
    </message>
    <message>
        <source>Connections: busy / idle / connecting</source>
        <translation>Verbindungen: belegt / frei / im Aufbau</translation>
    </message>
    <message>
        <source>limit</source>
        <translation>Grenze</translation>
    </message>
    <message>
        <source>free</source>
        <translation>übrig</translation>
    </message>
    <message>
        <source>Free capacity: further requests that get a connection at once</source>
        <translation>Freie Kapazität: weitere Anfragen, die sofort eine Verbindung erhalten</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>wartend</translation>
    </message>
    <message>
        <source>Requests that wait for a connection</source>
        <translation>Anfragen, die auf eine Verbindung warten</translation>
    </message>
    <message>
        <source>reused</source>
        <translation>erneut</translation>
    </message>
    <message>
        <source>wait p99</source>
        <translation>Warten</translation>
    </message>
    <message>
        <source>How long requests waited for a connection</source>
        <translation>Wie lange Anfragen auf eine Verbindung gewartet haben</translation>
    </message>
    <message>
        <source>connect p99</source>
        <translation>Aufbau p99</translation>
    </message>
    <message>
        <source>Health</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Latest</source>
        <translation>Zuletzt</translation>
    </message>
</context>
<context>
    <name>QueuesTable</name>
    <message>
        <source>Queues</source>
        <translation>Warteschlangen</translation>
    </message>
    <message>
        <source>Model · signature</source>
        <translation>Modell · Signatur</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>Wartend</translation>
    </message>
    <message>
        <source>Oldest</source>
        <translation>Älteste</translation>
    </message>
    <message>
        <source>Average / limit / configured</source>
        <translation>Mittel / Grenze / eingestellt</translation>
    </message>
    <message>
        <source>Rows per batch: the average, the limit that is in effect now, and the configured one</source>
        <translation>Zeilen je Batch: das Mittel, die gerade wirksame Grenze und die eingestellte</translation>
    </message>
    <message>
        <source>Cost per batch</source>
        <translation>Kosten je Batch</translation>
    </message>
    <message>
        <source>Measured time of a batch: a fixed part and a part per row</source>
        <translation>Gemessene Zeit eines Batches: ein fester Teil und ein Teil je Zeile</translation>
    </message>
    <message>
        <source>Rows/s</source>
        <translation>Zeilen/s</translation>
    </message>
    <message>
        <source>Last batch</source>
        <translation>Letzter Batch</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>wartend</translation>
    </message>
</context>
<context>
    <name>RequestDetail</name>
    <message>
        <source>Why was it slow?</source>
        <translation>Warum war sie langsam?</translation>
    </message>
    <message>
        <source>Select a request to see its phases and decisions.</source>
        <translation>Wählen Sie eine Anfrage, um ihre Phasen und Entscheidungen zu sehen.</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Decisions</source>
        <translation>Entscheidungen</translation>
    </message>
    <message>
        <source>Cancel request</source>
        <translation>Anfrage abbrechen</translation>
    </message>
    <message>
        <source>Copy as curl</source>
        <translation>Als curl kopieren</translation>
    </message>
    <message>
        <source>curl command</source>
        <translation>curl-Befehl</translation>
    </message>
    <message>
        <source>What would help</source>
        <translation>Was helfen würde</translation>
    </message>
    <message>
        <source>Pin %1</source>
        <translation>%1 anheften</translation>
    </message>
    <message>
        <source>Keep the model in memory, so that no request waits for it</source>
        <translation>Das Modell im Speicher halten, damit keine Anfrage darauf wartet</translation>
    </message>
</context>
<context>
    <name>RequestMenu</name>
    <message>
        <source>Fold batch</source>
        <translation>Batch zuklappen</translation>
    </message>
    <message>
        <source>Unfold batch</source>
        <translation>Batch aufklappen</translation>
    </message>
    <message>
        <source>Cancel request</source>
        <translation>Anfrage abbrechen</translation>
    </message>
    <message>
        <source>Copy as curl</source>
        <translation>Als curl kopieren</translation>
    </message>
    <message>
        <source>curl command</source>
        <translation>curl-Befehl</translation>
    </message>
    <message>
        <source>Only this model</source>
        <translation>Nur dieses Modell</translation>
    </message>
    <message>
        <source>Only this batch</source>
        <translation>Nur dieser Batch</translation>
    </message>
    <message>
        <source>Save all fields as CSV</source>
        <translation>Alle Felder als CSV speichern</translation>
    </message>
</context>
<context>
    <name>RequestWaterfall</name>
    <message>
        <source>Phases of the request over time</source>
        <translation>Phasen der Anfrage im Zeitverlauf</translation>
    </message>
    <message>
        <source>added by Millrace</source>
        <translation>durch Millrace</translation>
    </message>
    <message>
        <source>for %1</source>
        <translation>seit %1</translation>
    </message>
</context>
<context>
    <name>RequestsPage</name>
    <message>
        <source>model:embed slow:&gt;200ms</source>
        <translation>model:embed slow:&gt;200ms</translation>
    </message>
    <message>
        <source>Filter requests</source>
        <translation>Anfragen filtern</translation>
    </message>
    <message>
        <source>receiving</source>
        <translation>Empfang</translation>
    </message>
    <message>
        <source>processing</source>
        <translation>in Arbeit</translation>
    </message>
    <message>
        <source>queued</source>
        <translation>wartend</translation>
    </message>
    <message>
        <source>waiting for model</source>
        <translation>wartet auf Modell</translation>
    </message>
    <message>
        <source>batching</source>
        <translation>Batchbildung</translation>
    </message>
    <message>
        <source>connecting</source>
        <translation>im Aufbau</translation>
    </message>
    <message>
        <source>running</source>
        <translation>läuft</translation>
    </message>
    <message>
        <source>streaming</source>
        <translation>Streaming</translation>
    </message>
    <message>
        <source>Follow</source>
        <translation>Folgen</translation>
    </message>
    <message>
        <source>Freeze the list; new entries are counted</source>
        <translation>Liste anhalten; neue Einträge werden gezählt</translation>
    </message>
    <message>
        <source>Show requests as they arrive</source>
        <translation>Anfragen zeigen, wie sie eintreffen</translation>
    </message>
    <message>
        <source>Batches</source>
        <translation>Batches</translation>
    </message>
    <message>
        <source>One row per batch; click its count to unfold it</source>
        <translation>Eine Zeile je Batch; ein Klick auf die Anzahl klappt ihn auf</translation>
    </message>
    <message>
        <source>Show the console&apos;s own traffic as well</source>
        <translation>Auch den Verkehr der Konsole selbst zeigen</translation>
    </message>
    <message>
        <source>client reads</source>
        <translation>Client liest</translation>
    </message>
    <message>
        <source>Console traffic</source>
        <translation>Konsolenverkehr</translation>
    </message>
</context>
<context>
    <name>RequestsTable</name>
    <message>
        <source>Requests</source>
        <translation>Anfragen</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>Client</source>
        <translation>Client</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>Phase</source>
        <translation>Phase</translation>
    </message>
    <message>
        <source>Breakdown</source>
        <translation>Aufteilung</translation>
    </message>
    <message>
        <source>Where the time went</source>
        <translation>Zeiten</translation>
    </message>
    <message>
        <source>Total</source>
        <translation>Gesamt</translation>
    </message>
    <message>
        <source>Out</source>
        <translation>Gesendet</translation>
    </message>
    <message>
        <source>Events or bytes sent to the client</source>
        <translation>An den Client gesendete Events oder Bytes</translation>
    </message>
    <message>
        <source>Batch</source>
        <translation>Batch</translation>
    </message>
    <message>
        <source>Rows of the batch it was sent in</source>
        <translation>Zeilen des Batches, in dem sie gesendet wurde</translation>
    </message>
    <message>
        <source>Conn.</source>
        <translation>Verb.</translation>
    </message>
    <message>
        <source>Whether its connection to the backend was new or reused</source>
        <translation>Ob ihre Verbindung zum Backend neu oder wiederverwendet war</translation>
    </message>
    <message>
        <source>Route</source>
        <translation>Route</translation>
    </message>
    <message>
        <source>batch of %1 requests, unfolded</source>
        <translation>Batch aus %1 Anfragen, aufgeklappt</translation>
    </message>
    <message>
        <source>batch of %1 requests, folded</source>
        <translation>Batch aus %1 Anfragen, zugeklappt</translation>
    </message>
    <message>
        <source>Fold batch %1</source>
        <translation>Batch %1 zuklappen</translation>
    </message>
    <message>
        <source>Show the %1 requests of batch %2</source>
        <translation>Die %1 Anfragen von Batch %2 zeigen</translation>
    </message>
    <message>
        <source>Copy as curl</source>
        <translation>Als curl kopieren</translation>
    </message>
    <message>
        <source>curl command</source>
        <translation>curl-Befehl</translation>
    </message>
    <message>
        <source>No requests match</source>
        <translation>Keine passenden Anfragen</translation>
    </message>
    <message>
        <source>No requests yet</source>
        <translation>Noch keine Anfragen</translation>
    </message>
    <message>
        <source>Filters: model: client: phase: slow:&gt; id: batch:, or any word.</source>
        <translation>Filter: model: client: phase: slow:&gt; id: batch: oder ein beliebiges Wort.</translation>
    </message>
    <message>
        <source>Send one to %1 and it appears here with the time of each phase.</source>
        <translation>Senden Sie eine an %1, dann erscheint sie hier mit der Zeit jeder Phase.</translation>
    </message>
    <message>
        <source>They appear here, with the time of each phase, once an engine runs.</source>
        <translation>Sie erscheinen hier mit der Zeit jeder Phase, sobald eine Engine läuft.</translation>
    </message>
    <message>
        <source>Clear filter</source>
        <translation>Filter löschen</translation>
    </message>
    <message>
        <source>Return to now</source>
        <translation>Zurück zu jetzt</translation>
    </message>
</context>
<context>
    <name>RevisionItem</name>
    <message>
        <source>Revision %1, %2</source>
        <translation>Revision %1, %2</translation>
    </message>
    <message>
        <source>active</source>
        <translation>aktiv</translation>
    </message>
    <message>
        <source>Roll back to revision %1</source>
        <translation>Auf Revision %1 zurücksetzen</translation>
    </message>
</context>
<context>
    <name>SampleCall</name>
    <message>
        <source>The request body is not kept; a small example replaces it.</source>
        <translation>Der Anfrage-Body wird nicht aufbewahrt; ein kleines Beispiel ersetzt ihn.</translation>
    </message>
    <message>
        <source>The request body is not kept, and the inputs of %1 are still being queried. This command queries them:</source>
        <translation>Der Anfrage-Body wird nicht aufbewahrt, und die Eingaben von %1 werden noch abgefragt. Dieser Befehl fragt sie ab:</translation>
    </message>
    <message>
        <source>The request body is not kept, and the inputs of %1 are unknown (%2). This command queries them:</source>
        <translation>Der Anfrage-Body wird nicht aufbewahrt, und die Eingaben von %1 sind unbekannt (%2). Dieser Befehl fragt sie ab:</translation>
    </message>
    <message>
        <source>The request body is not kept, and one row for %1 has %2 values, too many to paste. This command lists the inputs:</source>
        <translation>Der Anfrage-Body wird nicht aufbewahrt, und eine Zeile für %1 hat %2 Werte, zu viele zum Einfügen. Dieser Befehl listet die Eingaben auf:</translation>
    </message>
    <message>
        <source>The request body is not kept; one row of zeros in the shape of %1&apos;s inputs replaces it.</source>
        <translation>Der Anfrage-Body wird nicht aufbewahrt; eine Zeile Nullen in der Form der Eingaben von %1 ersetzt ihn.</translation>
    </message>
    <message>
        <source>It came via gRPC (%1); this is the same call via HTTP.</source>
        <translation>Sie kam über gRPC (%1); dies ist derselbe Aufruf über HTTP.</translation>
    </message>
</context>
<context>
    <name>SampleLoadBar</name>
    <message>
        <source>Start sample load</source>
        <translation>Beispiellast starten</translation>
    </message>
    <message>
        <source>Restart</source>
        <translation>Neu starten</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Beenden</translation>
    </message>
    <message>
        <source>Copy as curl</source>
        <translation>Als curl kopieren</translation>
    </message>
    <message>
        <source>curl command</source>
        <translation>curl-Befehl</translation>
    </message>
</context>
<context>
    <name>ScrollBar</name>
    <message>
        <source>Scroll</source>
        <translation>Bildlauf</translation>
    </message>
</context>
<context>
    <name>Series</name>
    <message>
        <source>Requests offered</source>
        <translation>Eingetroffene Anfragen</translation>
    </message>
    <message>
        <source>Requests that arrived, in the last second.</source>
        <translation>Anfragen, die in der letzten Sekunde eingetroffen sind.</translation>
    </message>
    <message>
        <source>Throughput</source>
        <translation>Durchsatz</translation>
    </message>
    <message>
        <source>Requests completed successfully in the last second.</source>
        <translation>Anfragen, die in der letzten Sekunde erfolgreich beantwortet wurden.</translation>
    </message>
    <message>
        <source>Failed requests</source>
        <translation>Fehlgeschlagene Anfragen</translation>
    </message>
    <message>
        <source>Refused requests</source>
        <translation>Abgewiesene Anfragen</translation>
    </message>
    <message>
        <source>Requests refused because a limit was reached (429), in the last second.</source>
        <translation>Anfragen, die in der letzten Sekunde abgewiesen wurden, weil ein Grenzwert erreicht war (429).</translation>
    </message>
    <message>
        <source>Cancelled requests</source>
        <translation>Abgebrochene Anfragen</translation>
    </message>
    <message>
        <source>Requests whose client disconnected or that the operator cancelled, in the last second.</source>
        <translation>Anfragen, deren Client in der letzten Sekunde die Verbindung getrennt hat oder die der Betreiber abgebrochen hat.</translation>
    </message>
    <message>
        <source>Error rate</source>
        <translation>Fehlerrate</translation>
    </message>
    <message>
        <source>Requests in flight</source>
        <translation>Laufende Anfragen</translation>
    </message>
    <message>
        <source>Requests being served or waiting now.</source>
        <translation>Anfragen, die gerade bearbeitet werden oder warten.</translation>
    </message>
    <message>
        <source>Throughput, tensor calls</source>
        <translation>Durchsatz, Tensoraufrufe</translation>
    </message>
    <message>
        <source>Tensor calls completed successfully in the last second.</source>
        <translation>Tensoraufrufe, die in der letzten Sekunde erfolgreich beantwortet wurden.</translation>
    </message>
    <message>
        <source>Throughput, embeddings</source>
        <translation>Durchsatz, Embeddings</translation>
    </message>
    <message>
        <source>Embedding requests completed successfully in the last second.</source>
        <translation>Embedding-Anfragen, die in der letzten Sekunde erfolgreich beantwortet wurden.</translation>
    </message>
    <message>
        <source>Throughput, chats and completions</source>
        <translation>Durchsatz, Chats und Completions</translation>
    </message>
    <message>
        <source>Chats and completions completed successfully in the last second.</source>
        <translation>Chats und Completions, die in der letzten Sekunde erfolgreich beantwortet wurden.</translation>
    </message>
    <message>
        <source>Latency p50, tensor calls</source>
        <translation>Latenz p50, Tensoraufrufe</translation>
    </message>
    <message>
        <source>Latency p99, tensor calls</source>
        <translation>Latenz p99, Tensoraufrufe</translation>
    </message>
    <message>
        <source>Latency p50, embeddings</source>
        <translation>Latenz p50, Embeddings</translation>
    </message>
    <message>
        <source>Latency p99, embeddings</source>
        <translation>Latenz p99, Embeddings</translation>
    </message>
    <message>
        <source>Latency p50, chats and completions</source>
        <translation>Latenz p50, Chats und Completions</translation>
    </message>
    <message>
        <source>Latency p99, chats and completions</source>
        <translation>Latenz p99, Chats und Completions</translation>
    </message>
    <message>
        <source>Time to first byte p50</source>
        <translation>Zeit bis zum ersten Byte p50</translation>
    </message>
    <message>
        <source>Time to first byte p99</source>
        <translation>Zeit bis zum ersten Byte p99</translation>
    </message>
    <message>
        <source>Added by Millrace p50</source>
        <translation>Zusatzzeit durch Millrace p50</translation>
    </message>
    <message>
        <source>Time to the first byte that was spent neither at the backend nor at the client, of all requests that succeeded in the last second.</source>
        <translation>Zeit bis zum ersten Byte, die weder am Backend noch am Client verging, aller erfolgreichen Anfragen der letzten Sekunde.</translation>
    </message>
    <message>
        <source>Added by Millrace p99</source>
        <translation>Zusatzzeit durch Millrace p99</translation>
    </message>
    <message>
        <source>Added by Millrace p50, tensor calls</source>
        <translation>Zusatzzeit durch Millrace p50, Tensoraufrufe</translation>
    </message>
    <message>
        <source>Added by Millrace p99, tensor calls</source>
        <translation>Zusatzzeit durch Millrace p99, Tensoraufrufe</translation>
    </message>
    <message>
        <source>Added by Millrace p50, embeddings</source>
        <translation>Zusatzzeit durch Millrace p50, Embeddings</translation>
    </message>
    <message>
        <source>Added by Millrace p99, embeddings</source>
        <translation>Zusatzzeit durch Millrace p99, Embeddings</translation>
    </message>
    <message>
        <source>Added by Millrace p50, chats and completions</source>
        <translation>Zusatzzeit durch Millrace p50, Chats und Completions</translation>
    </message>
    <message>
        <source>Added by Millrace p99, chats and completions</source>
        <translation>Zusatzzeit durch Millrace p99, Chats und Completions</translation>
    </message>
    <message>
        <source>Memory per request</source>
        <translation>Speicher je Anfrage</translation>
    </message>
    <message>
        <source>Memory beyond that of the idle engine, divided by the requests in flight; from 8 of them on.</source>
        <translation>Speicher über dem der untätigen Engine, geteilt durch die laufenden Anfragen; ab 8 Anfragen.</translation>
    </message>
    <message>
        <source>Connections in use</source>
        <translation>Belegte Verbindungen</translation>
    </message>
    <message>
        <source>Connections that carry a request now.</source>
        <translation>Verbindungen, über die gerade eine Anfrage läuft.</translation>
    </message>
    <message>
        <source>Connections idle</source>
        <translation>Freie Verbindungen</translation>
    </message>
    <message>
        <source>Open connections without a request now.</source>
        <translation>Offene Verbindungen, über die gerade keine Anfrage läuft.</translation>
    </message>
    <message>
        <source>Connections being opened</source>
        <translation>Verbindungen im Aufbau</translation>
    </message>
    <message>
        <source>Connections that are not open yet.</source>
        <translation>Verbindungen, die noch nicht offen sind.</translation>
    </message>
    <message>
        <source>Connections open</source>
        <translation>Offene Verbindungen</translation>
    </message>
    <message>
        <source>Connections open now.</source>
        <translation>Verbindungen, die gerade offen sind.</translation>
    </message>
    <message>
        <source>Connection reuse</source>
        <translation>Wiederverwendung von Verbindungen</translation>
    </message>
    <message>
        <source>Requests on a connection that had carried one before, as a share of all requests of the last second.</source>
        <translation>Anteil der Anfragen über eine schon benutzte Verbindung an allen Anfragen der letzten Sekunde.</translation>
    </message>
    <message>
        <source>Connections opened</source>
        <translation>Geöffnete Verbindungen</translation>
    </message>
    <message>
        <source>Connections opened in the last second.</source>
        <translation>Verbindungen, die in der letzten Sekunde geöffnet wurden.</translation>
    </message>
    <message>
        <source>Connect time p99</source>
        <translation>Verbindungsaufbau p99</translation>
    </message>
    <message>
        <source>Time to open a connection, in the last second.</source>
        <translation>Dauer des Verbindungsaufbaus in der letzten Sekunde.</translation>
    </message>
    <message>
        <source>Wait for a connection p99</source>
        <translation>Wartezeit auf eine Verbindung p99</translation>
    </message>
    <message>
        <source>Time a request waited for its connection, in the last second.</source>
        <translation>Wie lange Anfragen in der letzten Sekunde auf ihre Verbindung gewartet haben.</translation>
    </message>
    <message>
        <source>Health check p99</source>
        <translation>Zustandsprüfung p99</translation>
    </message>
    <message>
        <source>Waiting for a connection</source>
        <translation>Warten auf eine Verbindung</translation>
    </message>
    <message>
        <source>Requests that wait for a connection now.</source>
        <translation>Anfragen, die gerade auf eine Verbindung warten.</translation>
    </message>
    <message>
        <source>Rows per batch</source>
        <translation>Zeilen je Batch</translation>
    </message>
    <message>
        <source>Mean size of the batches dispatched in the last second.</source>
        <translation>Mittlere Größe der Batches, die in der letzten Sekunde abgesendet wurden.</translation>
    </message>
    <message>
        <source>Batches</source>
        <translation>Batches</translation>
    </message>
    <message>
        <source>Batches dispatched in the last second.</source>
        <translation>Batches, die in der letzten Sekunde abgesendet wurden.</translation>
    </message>
    <message>
        <source>Rows in batches</source>
        <translation>Zeilen in Batches</translation>
    </message>
    <message>
        <source>Rows dispatched in batches, in the last second.</source>
        <translation>Zeilen, die in der letzten Sekunde in Batches abgesendet wurden.</translation>
    </message>
    <message>
        <source>Batch size limit</source>
        <translation>Grenze der Batchgröße</translation>
    </message>
    <message>
        <source>Wait for a batch p99</source>
        <translation>Wartezeit auf einen Batch p99</translation>
    </message>
    <message>
        <source>Batch run time p50</source>
        <translation>Laufzeit eines Batches p50</translation>
    </message>
    <message>
        <source>Time batches spent at the backend, in the last second.</source>
        <translation>Zeit der Batches am Backend in der letzten Sekunde.</translation>
    </message>
    <message>
        <source>Batches without a wasted wait</source>
        <translation>Batches ohne unnötiges Warten</translation>
    </message>
    <message>
        <source>Batches dispatched full or because the backend was idle, as a share of all in the last second.</source>
        <translation>Anteil der Batches, die voll oder wegen eines freien Backends abgesendet wurden, an allen der letzten Sekunde.</translation>
    </message>
    <message>
        <source>Waiting for a batch</source>
        <translation>Warten auf einen Batch</translation>
    </message>
    <message>
        <source>Requests in batches that are being formed now.</source>
        <translation>Anfragen in Batches, die gerade gebildet werden.</translation>
    </message>
    <message>
        <source>Batches in flight</source>
        <translation>Laufende Batches</translation>
    </message>
    <message>
        <source>Batches at backends now.</source>
        <translation>Batches, die gerade an Backends laufen.</translation>
    </message>
    <message>
        <source>Load time</source>
        <translation>Ladezeit</translation>
    </message>
    <message>
        <source>Mean load time of the loads that succeeded in the last second.</source>
        <translation>Mittlere Ladezeit der erfolgreichen Ladevorgänge der letzten Sekunde.</translation>
    </message>
    <message>
        <source>Loads</source>
        <translation>Ladevorgänge</translation>
    </message>
    <message>
        <source>Loads that ended in the last second.</source>
        <translation>Ladevorgänge, die in der letzten Sekunde endeten.</translation>
    </message>
    <message>
        <source>Loads waiting</source>
        <translation>Wartende Ladevorgänge</translation>
    </message>
    <message>
        <source>Loads that wait for a slot or for memory now.</source>
        <translation>Ladevorgänge, die gerade auf einen Platz oder auf Speicher warten.</translation>
    </message>
    <message>
        <source>Loads running</source>
        <translation>Laufende Ladevorgänge</translation>
    </message>
    <message>
        <source>Models being loaded now.</source>
        <translation>Modelle, die gerade geladen werden.</translation>
    </message>
    <message>
        <source>Models in memory</source>
        <translation>Modelle im Speicher</translation>
    </message>
    <message>
        <source>Models in memory now.</source>
        <translation>Modelle, die gerade im Speicher sind.</translation>
    </message>
    <message>
        <source>Memory of models</source>
        <translation>Speicher der Modelle</translation>
    </message>
    <message>
        <source>Memory used by loaded models now.</source>
        <translation>Speicher, den die geladenen Modelle gerade belegen.</translation>
    </message>
    <message>
        <source>Preload hits</source>
        <translation>Vorlade-Treffer</translation>
    </message>
    <message>
        <source>Preloads that came in time, as a share of these, the late ones and the loads on demand, in the last 5 min.</source>
        <translation>Anteil der rechtzeitig vorgeladenen Modelle an diesen, den zu spät vorgeladenen und den bei Bedarf geladenen, in den letzten 5 min.</translation>
    </message>
    <message>
        <source>Prediction accuracy, all requests</source>
        <translation>Vorhersagegenauigkeit, alle Anfragen</translation>
    </message>
    <message>
        <source>Requests whose model was predicted first, in the last 5 min; most repeat the model before.</source>
        <translation>Anfragen, deren Modell an erster Stelle vorhergesagt war, in den letzten 5 min; die meisten wiederholen das vorige Modell.</translation>
    </message>
    <message>
        <source>Prediction accuracy, model changes</source>
        <translation>Vorhersagegenauigkeit, Modellwechsel</translation>
    </message>
    <message>
        <source>The same for requests for another model than the one before, in the last 5 min.</source>
        <translation>Dasselbe für Anfragen an ein anderes Modell als das vorige, in den letzten 5 min.</translation>
    </message>
    <message>
        <source>Served from memory</source>
        <translation>Aus dem Speicher bedient</translation>
    </message>
    <message>
        <source>Share of requests that found their model in memory, in the last 5 min.</source>
        <translation>Anteil der Anfragen, deren Modell schon im Speicher war, in den letzten 5 min.</translation>
    </message>
    <message>
        <source>Served from memory, LRU alone</source>
        <translation>Aus dem Speicher bedient, nur LRU</translation>
    </message>
    <message>
        <source>Share of requests that would have found it there with plain LRU and the same memory, in the last 5 min.</source>
        <translation>Anteil der Anfragen, deren Modell auch mit einfachem LRU bei gleichem Speicher dort gewesen wäre, in den letzten 5 min.</translation>
    </message>
    <message>
        <source>Loads waited for</source>
        <translation>Ladevorgänge mit Wartezeit</translation>
    </message>
    <message>
        <source>Loads that a request had to wait for, in the last 5 min.</source>
        <translation>Ladevorgänge, auf die eine Anfrage warten musste, in den letzten 5 min.</translation>
    </message>
    <message>
        <source>Loads waited for, LRU alone</source>
        <translation>Ladevorgänge mit Wartezeit, nur LRU</translation>
    </message>
    <message>
        <source>Loads that requests would have had to wait for with plain LRU and the same memory, in the last 5 min.</source>
        <translation>Ladevorgänge, auf die Anfragen mit einfachem LRU bei gleichem Speicher hätten warten müssen, in den letzten 5 min.</translation>
    </message>
    <message>
        <source>Streams open</source>
        <translation>Offene Streams</translation>
    </message>
    <message>
        <source>Responses being sent now.</source>
        <translation>Antworten, die gerade gesendet werden.</translation>
    </message>
    <message>
        <source>Streams paused</source>
        <translation>Angehaltene Streams</translation>
    </message>
    <message>
        <source>Responses whose backend is paused now.</source>
        <translation>Antworten, deren Backend gerade angehalten ist.</translation>
    </message>
    <message>
        <source>Bytes from backends</source>
        <translation>Bytes von Backends</translation>
    </message>
    <message>
        <source>Response bytes received from backends in the last second.</source>
        <translation>Antwortbytes, die in der letzten Sekunde von Backends kamen.</translation>
    </message>
    <message>
        <source>Bytes to clients</source>
        <translation>Bytes an Clients</translation>
    </message>
    <message>
        <source>Response bytes sent to clients in the last second.</source>
        <translation>Antwortbytes, die in der letzten Sekunde an Clients gingen.</translation>
    </message>
    <message>
        <source>Bytes buffered</source>
        <translation>Gepufferte Bytes</translation>
    </message>
    <message>
        <source>Response bytes buffered now.</source>
        <translation>Antwortbytes, die gerade gepuffert sind.</translation>
    </message>
    <message>
        <source>Chunk size</source>
        <translation>Chunkgröße</translation>
    </message>
    <message>
        <source>Mean size of the chunks sent in the last second.</source>
        <translation>Mittlere Größe der Chunks, die in der letzten Sekunde gesendet wurden.</translation>
    </message>
    <message>
        <source>Inter-token latency p50</source>
        <translation>Token-Abstand p50</translation>
    </message>
    <message>
        <source>Gap between the events of a stream, in the last second.</source>
        <translation>Abstand zwischen den Events eines Streams in der letzten Sekunde.</translation>
    </message>
    <message>
        <source>Inter-token latency p99</source>
        <translation>Token-Abstand p99</translation>
    </message>
    <message>
        <source>Pauses</source>
        <translation>Pausen</translation>
    </message>
    <message>
        <source>Number of times a backend was paused in the last second.</source>
        <translation>Wie oft in der letzten Sekunde ein Backend angehalten wurde.</translation>
    </message>
    <message>
        <source>Backpressure</source>
        <translation>Rückstau</translation>
    </message>
    <message>
        <source>Chunks that met a pause, as a share of all chunks sent in the last second.</source>
        <translation>Anteil der Chunks, die auf eine Pause trafen, an allen der letzten Sekunde.</translation>
    </message>
    <message>
        <source>Compression</source>
        <translation>Kompression</translation>
    </message>
    <message>
        <source>Bytes before divided by bytes after compression, in the last second.</source>
        <translation>Bytes vor der Kompression geteilt durch Bytes danach, in der letzten Sekunde.</translation>
    </message>
    <message>
        <source>Events sent</source>
        <translation>Gesendete Events</translation>
    </message>
    <message>
        <source>Events of streams sent to clients, in the last second.</source>
        <translation>Events von Streams, die in der letzten Sekunde an Clients gesendet wurden.</translation>
    </message>
    <message>
        <source>Engine memory</source>
        <translation>Speicher der Engine</translation>
    </message>
    <message>
        <source>Memory of the engine process, now.</source>
        <translation>Speicher des Engine-Prozesses, jetzt.</translation>
    </message>
    <message>
        <source>Engine CPU</source>
        <translation>CPU der Engine</translation>
    </message>
    <message>
        <source>Processor time of the engine process in the last second.</source>
        <translation>Prozessorzeit des Engine-Prozesses in der letzten Sekunde.</translation>
    </message>
    <message>
        <source>Loop lag p99</source>
        <translation>Verzögerung der Ereignisschleife p99</translation>
    </message>
    <message>
        <source>How late the engine&apos;s one loop woke up, in the last second.</source>
        <translation>Wie verspätet die Ereignisschleife der Engine in der letzten Sekunde aufgewacht ist.</translation>
    </message>
    <message>
        <source>Requests that failed in the last second, without refused and rejected ones.</source>
        <translation>Anfragen, die in der letzten Sekunde fehlgeschlagen sind, ohne abgewiesene und zurückgewiesene.</translation>
    </message>
    <message>
        <source>Rejected requests</source>
        <translation>Zurückgewiesene Anfragen</translation>
    </message>
    <message>
        <source>Requests that were invalid, such as for an unknown model or too large (4xx except 429), in the last second.</source>
        <translation>Anfragen, die in der letzten Sekunde ungültig waren, etwa an ein unbekanntes Modell oder zu groß (4xx außer 429).</translation>
    </message>
    <message>
        <source>Failed requests as a share of all that ended except refused and rejected ones, in the last second.</source>
        <translation>Anteil der fehlgeschlagenen an allen beendeten Anfragen außer abgewiesenen und zurückgewiesenen, in der letzten Sekunde.</translation>
    </message>
    <message>
        <source>Requests predicted</source>
        <translation>Vorhergesagte Anfragen</translation>
    </message>
    <message>
        <source>Requests for which there was a prediction, in the last 5 min.</source>
        <translation>Anfragen, für die es in den letzten 5 min eine Vorhersage gab.</translation>
    </message>
    <message>
        <source>Time requests waited until their batch was dispatched, for more requests and for a free slot at the backend, in the last second.</source>
        <translation>Wie lange Anfragen in der letzten Sekunde gewartet haben, bis ihr Batch abgesendet wurde: auf weitere Anfragen und auf einen freien Platz am Backend.</translation>
    </message>
    <message>
        <source>Streamed responses that completed successfully in the last second: from the last byte of the request to the first one of the response.</source>
        <translation>Erfolgreiche gestreamte Antworten der letzten Sekunde: vom letzten Byte der Anfrage bis zum ersten der Antwort.</translation>
    </message>
    <message>
        <source>Adaptive limit of the model that has sent the most rows since the start of the engine.</source>
        <translation>Adaptive Grenze des Modells, das seit dem Start der Engine die meisten Zeilen gesendet hat.</translation>
    </message>
    <message>
        <source>Duration of health checks in the last 5 min.</source>
        <translation>Dauer der Zustandsprüfungen in den letzten 5 min.</translation>
    </message>
    <message>
        <source>Health checks</source>
        <translation>Zustandsprüfungen</translation>
    </message>
    <message>
        <source>Health checks whose duration was measured, in the last 5 min.</source>
        <translation>Zustandsprüfungen mit gemessener Dauer in den letzten 5 min.</translation>
    </message>
    <message>
        <source>Tensor calls that succeeded: from the last byte of the request to the last one of the backend&apos;s answer. Of the last 20 or more, within a minute.</source>
        <translation>Erfolgreiche Tensoraufrufe: vom letzten Byte der Anfrage bis zum letzten der Antwort des Backends. Von den letzten 20 oder mehr, innerhalb einer Minute.</translation>
    </message>
    <message>
        <source>Embeddings that succeeded: from the last byte of the request to the last one of the backend&apos;s answer. Of the last 20 or more, within a minute.</source>
        <translation>Erfolgreiche Embeddings: vom letzten Byte der Anfrage bis zum letzten der Antwort des Backends. Von den letzten 20 oder mehr, innerhalb einer Minute.</translation>
    </message>
    <message>
        <source>Chats and completions that succeeded: from the last byte of the request to the last one of the backend&apos;s answer. Of the last 20 or more, within a minute.</source>
        <translation>Erfolgreiche Chats und Completions: vom letzten Byte der Anfrage bis zum letzten der Antwort des Backends. Von den letzten 20 oder mehr, innerhalb einer Minute.</translation>
    </message>
    <message>
        <source>The same for tensor calls only, of the last 20 or more within a minute.</source>
        <translation>Dasselbe nur für Tensoraufrufe, von den letzten 20 oder mehr innerhalb einer Minute.</translation>
    </message>
    <message>
        <source>The same for embeddings only, of the last 20 or more within a minute.</source>
        <translation>Dasselbe nur für Embeddings, von den letzten 20 oder mehr innerhalb einer Minute.</translation>
    </message>
    <message>
        <source>The same for chats and completions only, of the last 20 or more within a minute.</source>
        <translation>Dasselbe nur für Chats und Completions, von den letzten 20 oder mehr innerhalb einer Minute.</translation>
    </message>
    <message>
        <source>Busy polling</source>
        <translation>Aktives Warten</translation>
    </message>
    <message>
        <source>Share of the last second in which the engine polled its connections instead of sleeping, which takes the CPU time of a core (limits.busy_poll_ms).</source>
        <translation>Anteil der letzten Sekunde, in dem die Engine ihre Verbindungen ständig abfragte, statt zu schlafen; das kostet die CPU-Zeit eines Kerns (limits.busy_poll_ms).</translation>
    </message>
</context>
<context>
    <name>SettingField</name>
    <message>
        <source>restart</source>
        <translation>Neustart</translation>
    </message>
    <message>
        <source>Undo the edit of %1</source>
        <translation>Änderung von %1 zurücknehmen</translation>
    </message>
    <message>
        <source>Reset %1 to its default</source>
        <translation>%1 auf den Standardwert zurücksetzen</translation>
    </message>
</context>
<context>
    <name>SettingText</name>
    <message>
        <source>on</source>
        <translation>ein</translation>
    </message>
    <message>
        <source>off</source>
        <translation>aus</translation>
    </message>
    <message>
        <source>at least %1</source>
        <translation>mindestens %1</translation>
    </message>
    <message>
        <source>at most %1</source>
        <translation>höchstens %1</translation>
    </message>
    <message>
        <source>at once</source>
        <translation>sofort</translation>
    </message>
    <message>
        <source>next request</source>
        <translation>nächste Anfrage</translation>
    </message>
    <message>
        <source>next batch</source>
        <translation>nächster Batch</translation>
    </message>
    <message>
        <source>new connections</source>
        <translation>neue Verbindungen</translation>
    </message>
    <message>
        <source>after a restart</source>
        <translation>nach einem Neustart</translation>
    </message>
</context>
<context>
    <name>Settings</name>
    <message>
        <source>Endpoints</source>
        <translation>Endpunkte</translation>
    </message>
    <message>
        <source>Where the engine listens.</source>
        <translation>Adressen, auf denen die Engine Verbindungen annimmt.</translation>
    </message>
    <message>
        <source>Backends</source>
        <translation>Backends</translation>
    </message>
    <message>
        <source>The inference servers behind the engine.</source>
        <translation>Die Inferenzserver hinter der Engine.</translation>
    </message>
    <message>
        <source>Connections</source>
        <translation>Verbindungen</translation>
    </message>
    <message>
        <source>Reusable HTTP connections and gRPC channels to each backend.</source>
        <translation>Wiederverwendbare HTTP-Verbindungen und gRPC-Kanäle zu jedem Backend.</translation>
    </message>
    <message>
        <source>Batching</source>
        <translation>Batchbildung</translation>
    </message>
    <message>
        <source>Small requests for one model are merged into one run.</source>
        <translation>Kleine Anfragen an ein Modell werden zu einem Lauf zusammengefasst.</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>Modelle</translation>
    </message>
    <message>
        <source>Which models are in memory, and which are preloaded.</source>
        <translation>Welche Modelle im Speicher sind und welche vorgeladen werden.</translation>
    </message>
    <message>
        <source>Streaming</source>
        <translation>Streaming</translation>
    </message>
    <message>
        <source>How responses are sent back to clients.</source>
        <translation>Wie Antworten an Clients gesendet werden.</translation>
    </message>
    <message>
        <source>Limits &amp; retries</source>
        <translation>Grenzwerte</translation>
    </message>
    <message>
        <source>When requests are refused, and how long they may take.</source>
        <translation>Wann Anfragen abgewiesen werden und wie lange sie dauern dürfen.</translation>
    </message>
    <message>
        <source>Security</source>
        <translation>Sicherheit</translation>
    </message>
    <message>
        <source>Who may connect to the engine.</source>
        <translation>Wer sich mit der Engine verbinden darf.</translation>
    </message>
    <message>
        <source>Telemetry</source>
        <translation>Telemetrie</translation>
    </message>
    <message>
        <source>What is recorded and logged.</source>
        <translation>Was aufgezeichnet und protokolliert wird.</translation>
    </message>
    <message>
        <source>HTTP address</source>
        <translation>HTTP-Adresse</translation>
    </message>
    <message>
        <source>OpenAI and KServe v2 REST, /metrics and /healthz, over HTTP/1.1 and HTTP/2; gRPC as well. Port 0 picks a free one.</source>
        <translation>OpenAI und KServe v2 REST, /metrics und /healthz, über HTTP/1.1 und HTTP/2; auch gRPC. Port 0 wählt einen freien.</translation>
    </message>
    <message>
        <source>gRPC address</source>
        <translation>gRPC-Adresse</translation>
    </message>
    <message>
        <source>KServe v2 over gRPC, and all that the HTTP address serves. Port 0 picks a free one.</source>
        <translation>KServe v2 über gRPC und alles, was die HTTP-Adresse bietet. Port 0 wählt einen freien.</translation>
    </message>
    <message>
        <source>Control socket</source>
        <translation>Steuerungs-Socket</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Name of the backend in the console, metrics and events: letters, digits, dot, dash, underscore.</source>
        <translation>Name des Backends in Konsole, Metriken und Ereignissen: Buchstaben, Ziffern, Punkt, Bindestrich, Unterstrich.</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>Art</translation>
    </message>
    <message>
        <source>runtime: the embedded inference server. openai: any OpenAI-compatible server.</source>
        <translation>runtime: der eingebaute Inferenzserver. openai: ein beliebiger OpenAI-kompatibler Server.</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>Adresse</translation>
    </message>
    <message>
        <source>Base URL of the server, such as http://127.0.0.1:8080 or https://host/v1.</source>
        <translation>Basis-URL des Servers, etwa http://127.0.0.1:8080 oder https://host/v1.</translation>
    </message>
    <message>
        <source>Enabled</source>
        <translation>Aktiviert</translation>
    </message>
    <message>
        <source>Off: it gets no new requests; those in flight finish.</source>
        <translation>Aus: Es erhält keine neuen Anfragen; laufende werden beendet.</translation>
    </message>
    <message>
        <source>Model repository</source>
        <translation>Modellverzeichnis</translation>
    </message>
    <message>
        <source>Folder of models (name/config.json, name/1/model.pt); empty: the sample models. A change starts a new runtime, which loads its models again; the previous one serves until it is ready.</source>
        <translation>Ordner mit Modellen (name/config.json, name/1/model.pt); leer: die Beispielmodelle. Eine Änderung startet eine neue Runtime, die ihre Modelle neu lädt; bis sie bereit ist, antwortet die bisherige.</translation>
    </message>
    <message>
        <source>Threads</source>
        <translation>Threads</translation>
    </message>
    <message>
        <source>threads</source>
        <translation>Threads</translation>
    </message>
    <message>
        <source>Compute threads; 0: one per core. A change starts a new runtime, which loads its models again; the previous one serves until it is ready.</source>
        <translation>Rechenthreads; 0: einer je Kern. Eine Änderung startet eine neue Runtime, die ihre Modelle neu lädt; bis sie bereit ist, antwortet die bisherige.</translation>
    </message>
    <message>
        <source>API key variable</source>
        <translation>Variable des API-Schlüssels</translation>
    </message>
    <message>
        <source>Name of the environment variable of the engine that holds the key sent to this backend; it is read when the backend is created, trailing line breaks are removed. The key itself is never stored.</source>
        <translation>Name der Umgebungsvariable der Engine mit dem Schlüssel, der an dieses Backend gesendet wird; sie wird beim Anlegen des Backends gelesen, Zeilenumbrüche am Ende werden entfernt. Der Schlüssel selbst wird nie gespeichert.</translation>
    </message>
    <message>
        <source>Models of this server, for servers that do not list them (GET /v1/models). Empty: the list is requested from the server.</source>
        <translation>Modelle dieses Servers, falls er sie nicht selbst auflistet (GET /v1/models). Leer: Die Liste wird vom Server abgerufen.</translation>
    </message>
    <message>
        <source>Reuse connections</source>
        <translation>Verbindungen wiederverwenden</translation>
    </message>
    <message>
        <source>Off: every request opens a dedicated connection, for comparison.</source>
        <translation>Aus: Jede Anfrage öffnet eine eigene Verbindung, zum Vergleich.</translation>
    </message>
    <message>
        <source>Minimum HTTP connections</source>
        <translation>Mindestzahl HTTP-Verbindungen</translation>
    </message>
    <message>
        <source>connections</source>
        <translation>Verbindungen</translation>
    </message>
    <message>
        <source>Connections kept open for each backend without traffic.</source>
        <translation>Verbindungen, die je Backend auch ohne Verkehr offen bleiben.</translation>
    </message>
    <message>
        <source>Maximum HTTP connections</source>
        <translation>Höchstzahl HTTP-Verbindungen</translation>
    </message>
    <message>
        <source>Exact limit for each backend; connections being opened count.</source>
        <translation>Genaue Grenze je Backend; Verbindungen im Aufbau zählen mit.</translation>
    </message>
    <message>
        <source>Minimum gRPC channels</source>
        <translation>Mindestzahl gRPC-Kanäle</translation>
    </message>
    <message>
        <source>channels</source>
        <translation>Kanäle</translation>
    </message>
    <message>
        <source>Channels kept connected for each backend without traffic.</source>
        <translation>Kanäle, die je Backend auch ohne Verkehr verbunden bleiben.</translation>
    </message>
    <message>
        <source>Maximum gRPC channels</source>
        <translation>Höchstzahl gRPC-Kanäle</translation>
    </message>
    <message>
        <source>Exact limit for each backend.</source>
        <translation>Genaue Grenze je Backend.</translation>
    </message>
    <message>
        <source>Health check interval</source>
        <translation>Abstand der Zustandsprüfungen</translation>
    </message>
    <message>
        <source>ms</source>
        <translation>ms</translation>
    </message>
    <message>
        <source>How often each backend is health-checked.</source>
        <translation>Wie oft der Zustand jedes Backends geprüft wird.</translation>
    </message>
    <message>
        <source>Health check timeout</source>
        <translation>Zeitlimit der Zustandsprüfung</translation>
    </message>
    <message>
        <source>A check without a response within this time has failed.</source>
        <translation>Eine Prüfung ohne Antwort in dieser Zeit ist fehlgeschlagen.</translation>
    </message>
    <message>
        <source>Idle timeout</source>
        <translation>Leerlauf-Zeitlimit</translation>
    </message>
    <message>
        <source>A connection unused for this long is closed; sooner if the backend is known to close earlier.</source>
        <translation>Eine so lange unbenutzte Verbindung wird geschlossen; früher, wenn das Backend bekanntermaßen früher schließt.</translation>
    </message>
    <message>
        <source>Maximum age</source>
        <translation>Höchstalter</translation>
    </message>
    <message>
        <source>An older connection is closed after its current request; varied by 10 %.</source>
        <translation>Eine ältere Verbindung wird nach ihrer laufenden Anfrage geschlossen; um 10 % gestreut.</translation>
    </message>
    <message>
        <source>Maximum waiting requests</source>
        <translation>Höchstzahl wartender Anfragen</translation>
    </message>
    <message>
        <source>requests</source>
        <translation>Anfragen</translation>
    </message>
    <message>
        <source>Requests that may wait for a connection to one backend; more are refused.</source>
        <translation>Anfragen, die auf eine Verbindung zu einem Backend warten dürfen; weitere werden abgewiesen.</translation>
    </message>
    <message>
        <source>Maximum wait</source>
        <translation>Maximale Wartezeit</translation>
    </message>
    <message>
        <source>A request that gets no connection within this time is refused.</source>
        <translation>Eine Anfrage, die in dieser Zeit keine Verbindung erhält, wird abgewiesen.</translation>
    </message>
    <message>
        <source>Maximum connections being opened</source>
        <translation>Höchstzahl gleichzeitiger Verbindungsaufbauten</translation>
    </message>
    <message>
        <source>Concurrent connection attempts for each backend.</source>
        <translation>Gleichzeitige Verbindungsversuche je Backend.</translation>
    </message>
    <message>
        <source>Connect timeout</source>
        <translation>Zeitlimit für den Verbindungsaufbau</translation>
    </message>
    <message>
        <source>A connection that is not open within this time has failed.</source>
        <translation>Eine Verbindung, die in dieser Zeit nicht offen ist, ist fehlgeschlagen.</translation>
    </message>
    <message>
        <source>Failures until ejection</source>
        <translation>Fehler bis zum Ausschluss</translation>
    </message>
    <message>
        <source>failures</source>
        <translation>Fehler</translation>
    </message>
    <message>
        <source>Consecutive failures that eject a backend until a probe succeeds.</source>
        <translation>Aufeinanderfolgende Fehler, die ein Backend ausschließen, bis eine Prüfung gelingt.</translation>
    </message>
    <message>
        <source>Ejection time</source>
        <translation>Dauer des Ausschlusses</translation>
    </message>
    <message>
        <source>After this time an ejected backend gets one probe.</source>
        <translation>Nach dieser Zeit wird ein ausgeschlossenes Backend einmal geprüft.</translation>
    </message>
    <message>
        <source>Merge requests</source>
        <translation>Anfragen zusammenfassen</translation>
    </message>
    <message>
        <source>Off: every request is a separate run, for comparison.</source>
        <translation>Aus: Jede Anfrage ist ein eigener Lauf, zum Vergleich.</translation>
    </message>
    <message>
        <source>Initial batch size</source>
        <translation>Anfängliche Batchgröße</translation>
    </message>
    <message>
        <source>rows</source>
        <translation>Zeilen</translation>
    </message>
    <message>
        <source>Where the adaptive size of a model starts; if adaptive size is off, the fixed size.</source>
        <translation>Startwert der adaptiven Größe eines Modells; ohne adaptive Größe die feste Größe.</translation>
    </message>
    <message>
        <source>Minimum adaptive size</source>
        <translation>Kleinste adaptive Größe</translation>
    </message>
    <message>
        <source>The adaptive size is never reduced below this.</source>
        <translation>Die adaptive Größe wird nie darunter verringert.</translation>
    </message>
    <message>
        <source>Maximum batch size</source>
        <translation>Größter Batch</translation>
    </message>
    <message>
        <source>Rows that may share one run of the model; the adaptive size never exceeds it.</source>
        <translation>Zeilen, die sich einen Lauf des Modells teilen dürfen; die adaptive Größe überschreitet sie nie.</translation>
    </message>
    <message>
        <source>Adaptive size</source>
        <translation>Adaptive Größe</translation>
    </message>
    <message>
        <source>The size grows while the latency goal is met and shrinks when it is not.</source>
        <translation>Die Größe wächst, solange das Latenzziel erreicht wird, und schrumpft sonst.</translation>
    </message>
    <message>
        <source>Latency goal</source>
        <translation>Latenzziel</translation>
    </message>
    <message>
        <source>Time from arrival to response of a batch&apos;s requests that the adaptive size must meet.</source>
        <translation>Zeit vom Eintreffen bis zur Antwort der Anfragen eines Batches, die die adaptive Größe einhalten muss.</translation>
    </message>
    <message>
        <source>Preserve order</source>
        <translation>Reihenfolge erhalten</translation>
    </message>
    <message>
        <source>Responses of a model are returned in the order of their requests. Off: as soon as they are ready.</source>
        <translation>Antworten eines Modells kommen in der Reihenfolge der Anfragen zurück. Aus: sobald sie fertig sind.</translation>
    </message>
    <message>
        <source>Dispatch when the backend is idle</source>
        <translation>Absenden, wenn das Backend frei ist</translation>
    </message>
    <message>
        <source>A batch is dispatched at once when the backend is idle and waiting would gain nothing.</source>
        <translation>Ein Batch wird sofort abgesendet, wenn das Backend frei ist und Warten nichts brächte.</translation>
    </message>
    <message>
        <source>Maximum batches in flight</source>
        <translation>Höchstzahl laufender Batches</translation>
    </message>
    <message>
        <source>batches</source>
        <translation>Batches</translation>
    </message>
    <message>
        <source>Queue limit</source>
        <translation>Grenze der Warteschlange</translation>
    </message>
    <message>
        <source>Requests of one model that may wait; more are refused with Retry-After.</source>
        <translation>Anfragen eines Modells, die warten dürfen; weitere werden mit Retry-After abgewiesen.</translation>
    </message>
    <message>
        <source>Merge completions</source>
        <translation>Completions zusammenfassen</translation>
    </message>
    <message>
        <source>Legacy completions of one model that are not streamed become one request with several prompts. For servers that process one request at a time: each waits for the longest.</source>
        <translation>Nicht gestreamte Completions (alte API) eines Modells werden zu einer Anfrage mit mehreren Prompts. Für Server, die nur eine Anfrage zugleich bearbeiten: Jede wartet auf die längste.</translation>
    </message>
    <message>
        <source>Preload</source>
        <translation>Vorladen</translation>
    </message>
    <message>
        <source>Load the model that is likely needed next before it is requested.</source>
        <translation>Lädt das Modell, das wahrscheinlich als Nächstes gebraucht wird, bevor es angefragt wird.</translation>
    </message>
    <message>
        <source>Prediction</source>
        <translation>Vorhersage</translation>
    </message>
    <message>
        <source>Learn which model follows which.</source>
        <translation>Lernt, welches Modell auf welches folgt.</translation>
    </message>
    <message>
        <source>Concurrent loads</source>
        <translation>Gleichzeitige Ladevorgänge</translation>
    </message>
    <message>
        <source>loads</source>
        <translation>Ladevorgänge</translation>
    </message>
    <message>
        <source>Models that may be loading at the same time.</source>
        <translation>Modelle, die gleichzeitig geladen werden dürfen.</translation>
    </message>
    <message>
        <source>Load timeout</source>
        <translation>Zeitlimit für das Laden</translation>
    </message>
    <message>
        <source>A load that is not complete within this time has failed and is cleaned up.</source>
        <translation>Ein Ladevorgang, der in dieser Zeit nicht fertig ist, ist fehlgeschlagen und wird aufgeräumt.</translation>
    </message>
    <message>
        <source>History</source>
        <translation>Verlauf</translation>
    </message>
    <message>
        <source>Loads that may wait; more are refused with Retry-After.</source>
        <translation>Ladevorgänge, die warten dürfen; weitere werden mit Retry-After abgewiesen.</translation>
    </message>
    <message>
        <source>Memory for models</source>
        <translation>Speicher für Modelle</translation>
    </message>
    <message>
        <source>bytes</source>
        <translation>Bytes</translation>
    </message>
    <message>
        <source>Limit for all models of one backend together; beyond it the least valuable model is evicted.</source>
        <translation>Grenze für alle Modelle eines Backends zusammen; darüber wird das am wenigsten lohnende Modell verdrängt.</translation>
    </message>
    <message>
        <source>Maximum models in memory</source>
        <translation>Höchstzahl Modelle im Speicher</translation>
    </message>
    <message>
        <source>models</source>
        <translation>Modelle</translation>
    </message>
    <message>
        <source>For each backend; 0: limited by memory only.</source>
        <translation>Je Backend; 0: nur durch den Speicher begrenzt.</translation>
    </message>
    <message>
        <source>Minimum residency</source>
        <translation>Mindestverweildauer</translation>
    </message>
    <message>
        <source>A loaded model is not evicted for another sooner than this, unless nothing else frees enough memory.</source>
        <translation>Ein geladenes Modell wird nicht früher für ein anderes verdrängt, es sei denn, nur so wird genug Speicher frei.</translation>
    </message>
    <message>
        <source>Unload after</source>
        <translation>Entladen nach</translation>
    </message>
    <message>
        <source>Preload threshold</source>
        <translation>Schwelle zum Vorladen</translation>
    </message>
    <message>
        <source>Probability below which nothing is preloaded; rises automatically when preloads are wasted.</source>
        <translation>Wahrscheinlichkeit, unter der nichts vorgeladen wird; steigt von selbst, wenn umsonst vorgeladen wird.</translation>
    </message>
    <message>
        <source>Retry a failed model after</source>
        <translation>Fehlgeschlagenes Modell erneut laden nach</translation>
    </message>
    <message>
        <source>First pause after a failed load; doubles up to a minute.</source>
        <translation>Erste Pause nach einem fehlgeschlagenen Laden; verdoppelt sich bis zu einer Minute.</translation>
    </message>
    <message>
        <source>Stream responses</source>
        <translation>Antworten streamen</translation>
    </message>
    <message>
        <source>Off: each response is buffered completely before it is sent, for comparison.</source>
        <translation>Aus: Jede Antwort wird erst vollständig gepuffert und dann gesendet, zum Vergleich.</translation>
    </message>
    <message>
        <source>Initial chunk size</source>
        <translation>Anfängliche Chunkgröße</translation>
    </message>
    <message>
        <source>Chunk size at the start of a response.</source>
        <translation>Chunkgröße am Anfang einer Antwort.</translation>
    </message>
    <message>
        <source>Adaptive chunk size</source>
        <translation>Adaptive Chunkgröße</translation>
    </message>
    <message>
        <source>Between 4 KiB and 1 MiB, by measured bandwidth.</source>
        <translation>Zwischen 4 KiB und 1 MiB, nach gemessener Bandbreite.</translation>
    </message>
    <message>
        <source>Compression</source>
        <translation>Kompression</translation>
    </message>
    <message>
        <source>gzip for clients that accept it, if it saves enough.</source>
        <translation>gzip für Clients, die es annehmen, wenn es genug spart.</translation>
    </message>
    <message>
        <source>Compress from</source>
        <translation>Komprimieren ab</translation>
    </message>
    <message>
        <source>Smaller responses are sent uncompressed.</source>
        <translation>Kleinere Antworten werden unkomprimiert gesendet.</translation>
    </message>
    <message>
        <source>Minimum saving</source>
        <translation>Mindestersparnis</translation>
    </message>
    <message>
        <source>Share of bytes that compression must save on a sample to be used.</source>
        <translation>Anteil der Bytes, den die Kompression an einer Probe sparen muss, um genutzt zu werden.</translation>
    </message>
    <message>
        <source>Backpressure limit</source>
        <translation>Rückstaugrenze</translation>
    </message>
    <message>
        <source>Bytes buffered for all clients together; at this limit reading from backends pauses, at half of it reading resumes.</source>
        <translation>Gepufferte Bytes aller Clients zusammen; bei dieser Grenze pausiert das Lesen von Backends, bei der Hälfte läuft es weiter.</translation>
    </message>
    <message>
        <source>Flow-control window</source>
        <translation>Flusskontrollfenster</translation>
    </message>
    <message>
        <source>Bytes buffered for one client.</source>
        <translation>Gepufferte Bytes für einen Client.</translation>
    </message>
    <message>
        <source>Heartbeat</source>
        <translation>Heartbeat</translation>
    </message>
    <message>
        <source>Idle time after which an event stream carries a comment, so that clients do not time out; 0: never.</source>
        <translation>Ruhezeit, nach der ein Event-Stream einen Kommentar enthält, damit Clients nicht abbrechen; 0: nie.</translation>
    </message>
    <message>
        <source>Maximum requests in flight</source>
        <translation>Höchstzahl laufender Anfragen</translation>
    </message>
    <message>
        <source>Requests served at the same time; more have to wait.</source>
        <translation>Gleichzeitig bearbeitete Anfragen; weitere müssen warten.</translation>
    </message>
    <message>
        <source>Admission queue</source>
        <translation>Annahme-Warteschlange</translation>
    </message>
    <message>
        <source>Requests that may wait for admission; more are refused with Retry-After.</source>
        <translation>Anfragen, die auf Annahme warten dürfen; weitere werden mit Retry-After abgewiesen.</translation>
    </message>
    <message>
        <source>Maximum request body</source>
        <translation>Größter Anfrage-Body</translation>
    </message>
    <message>
        <source>Larger requests are refused.</source>
        <translation>Größere Anfragen werden abgewiesen.</translation>
    </message>
    <message>
        <source>Maximum request headers</source>
        <translation>Größte Anfrage-Header</translation>
    </message>
    <message>
        <source>Larger headers are refused. Over HTTP/2 a single field has at most 64 KiB.</source>
        <translation>Größere Header werden abgewiesen. Über HTTP/2 hat ein einzelnes Feld höchstens 64 KiB.</translation>
    </message>
    <message>
        <source>Header timeout</source>
        <translation>Zeitlimit für Header</translation>
    </message>
    <message>
        <source>A client that has not sent its headers within this time is disconnected.</source>
        <translation>Ein Client, der seine Header in dieser Zeit nicht gesendet hat, wird getrennt.</translation>
    </message>
    <message>
        <source>Body timeout</source>
        <translation>Zeitlimit für den Body</translation>
    </message>
    <message>
        <source>A client whose request body stalls for this long, or that reads nothing of its response, is disconnected.</source>
        <translation>Ein Client, dessen Anfrage-Body so lange stockt oder der so lange nichts von seiner Antwort liest, wird getrennt.</translation>
    </message>
    <message>
        <source>Client keep-alive</source>
        <translation>Client-Verbindungen offen halten</translation>
    </message>
    <message>
        <source>An idle client connection is closed after this time.</source>
        <translation>Eine ungenutzte Client-Verbindung wird nach dieser Zeit geschlossen.</translation>
    </message>
    <message>
        <source>Maximum client connections</source>
        <translation>Höchstzahl Client-Verbindungen</translation>
    </message>
    <message>
        <source>Open client connections over HTTP/1.1, and as many over HTTP/2 with gRPC; more are refused.</source>
        <translation>Offene Client-Verbindungen über HTTP/1.1 und ebenso viele über HTTP/2 mit gRPC; weitere werden abgewiesen.</translation>
    </message>
    <message>
        <source>Request timeout</source>
        <translation>Zeitlimit einer Anfrage</translation>
    </message>
    <message>
        <source>A request without a response within this time fails, unless the client asks for less.</source>
        <translation>Eine Anfrage ohne Antwort in dieser Zeit schlägt fehl, sofern der Client nicht weniger verlangt.</translation>
    </message>
    <message>
        <source>Drain timeout</source>
        <translation>Zeitlimit für das Auslaufen</translation>
    </message>
    <message>
        <source>How long requests in flight may take to finish when the engine is stopped; the remaining ones are then aborted.</source>
        <translation>Wie lange laufende Anfragen beim Anhalten der Engine noch dauern dürfen; die übrigen werden dann abgebrochen.</translation>
    </message>
    <message>
        <source>Retry budget</source>
        <translation>Wiederholungsbudget</translation>
    </message>
    <message>
        <source>%</source>
        <translation>%</translation>
    </message>
    <message>
        <source>Retries may add this share to the number of requests.</source>
        <translation>Um diesen Anteil dürfen Wiederholungen die Zahl der Anfragen erhöhen.</translation>
    </message>
    <message>
        <source>Maximum of all request bodies</source>
        <translation>Höchstwert aller Anfrage-Bodys</translation>
    </message>
    <message>
        <source>Request bodies being received or waiting, of all clients together; more are refused with Retry-After. A single body is limited separately.</source>
        <translation>Empfangene oder wartende Anfrage-Bodys aller Clients zusammen; weitere werden mit Retry-After abgewiesen. Der einzelne Body hat eine eigene Grenze.</translation>
    </message>
    <message>
        <source>Allowed host names</source>
        <translation>Erlaubte Hostnamen</translation>
    </message>
    <message>
        <source>Names that a Host header may carry besides localhost and the loopback addresses (against DNS rebinding).</source>
        <translation>Namen, die ein Host-Header außer localhost und den Loopback-Adressen enthalten darf (gegen DNS-Rebinding).</translation>
    </message>
    <message>
        <source>Log level</source>
        <translation>Protokollstufe</translation>
    </message>
    <message>
        <source>Minimum severity written to standard error.</source>
        <translation>Kleinster Schweregrad, der auf die Standardfehlerausgabe geschrieben wird.</translation>
    </message>
    <message>
        <source>Maximum events kept</source>
        <translation>Höchstzahl aufbewahrter Ereignisse</translation>
    </message>
    <message>
        <source>events</source>
        <translation>Ereignisse</translation>
    </message>
    <message>
        <source>Most recent events kept in memory.</source>
        <translation>Neueste Ereignisse, die im Speicher bleiben.</translation>
    </message>
    <message>
        <source>Keep history</source>
        <translation>Verlauf aufzeichnen</translation>
    </message>
    <message>
        <source>Record figures in the state folder: every second for an hour, every 10 s for a day, every minute for a month.</source>
        <translation>Messwerte im Zustandsordner aufzeichnen: eine Stunde lang jede Sekunde, einen Tag lang alle 10 s, einen Monat lang jede Minute.</translation>
    </message>
    <message>
        <source>Batch timeout</source>
        <translation>Batch-Zeitlimit</translation>
    </message>
    <message>
        <source>Longest time that a batch waits for more requests. Then it is dispatched, full or not, as soon as the backend has a free slot (batcher.in_flight_max); under load the whole wait can therefore be longer.</source>
        <translation>So lange wartet ein Batch höchstens auf weitere Anfragen. Danach wird er abgesendet, ob voll oder nicht, sobald am Backend ein Platz frei ist (batcher.in_flight_max); unter Last kann die gesamte Wartezeit daher länger sein.</translation>
    </message>
    <message>
        <source>Batches of one model that may run at a backend at the same time. Beyond the first, only batches that waiting could not make cheaper are dispatched: full ones, large ones and those whose batch timeout is over.</source>
        <translation>Batches eines Modells, die gleichzeitig an einem Backend laufen dürfen. Nach dem ersten werden nur solche abgesendet, die durch Warten nicht günstiger würden: volle, große und solche, deren Zeitlimit abgelaufen ist.</translation>
    </message>
    <message>
        <source>Name lookup interval</source>
        <translation>Namensauflösung alle</translation>
    </message>
    <message>
        <source>How often the name of a backend with open connections is looked up again: connections are spread over all its addresses, and those to addresses that two lookups did not return are drained. 0: only when a connection is opened.</source>
        <translation>Wie oft der Name eines Backends mit offenen Verbindungen neu aufgelöst wird: Die Verbindungen verteilen sich auf alle seine Adressen; die zu Adressen, die zweimal nicht genannt wurden, enden mit ihren Anfragen. 0: nur beim Öffnen einer Verbindung.</translation>
    </message>
    <message>
        <source>HTTP/2 to HTTPS backends</source>
        <translation>HTTP/2 zu HTTPS-Backends</translation>
    </message>
    <message>
        <source>Whether a backend that is reached with TLS may choose HTTP/2 (ALPN): each of its connections then carries many requests. Off: HTTP/1.1 only. After a change the open connections to such backends close as soon as their requests have ended.</source>
        <translation>Ob ein Backend, das über TLS erreicht wird, HTTP/2 wählen darf (ALPN): Jede seiner Verbindungen trägt dann viele Anfragen. Aus: nur HTTP/1.1. Nach einer Änderung werden die offenen Verbindungen zu solchen Backends geschlossen, sobald ihre Anfragen beendet sind.</translation>
    </message>
    <message>
        <source>A model unused for this long is unloaded; 0: never. A single model may have a different time (Models page, millracectl idle-ttl).</source>
        <translation>Ein so lange unbenutztes Modell wird entladen; 0: nie. Ein einzelnes Modell kann eine eigene Zeit haben (Seite „Modelle“, millracectl idle-ttl).</translation>
    </message>
    <message>
        <source>Busy polling</source>
        <translation>Aktives Warten</translation>
    </message>
    <message>
        <source>While requests come one at a time, each finished within this time after the previous one, the engine polls its connections instead of sleeping: lower latency for the CPU time of a core. 0: never.</source>
        <translation>Solange Anfragen einzeln kommen und jede innerhalb dieser Zeit nach der vorigen fertig ist, fragt die Engine ihre Verbindungen ständig ab, statt zu schlafen: geringere Latenz für die CPU-Zeit eines Kerns. 0: nie.</translation>
    </message>
    <message>
        <source>Path of the Unix socket for the console and millracectl; empty: $XDG_RUNTIME_DIR/millrace/control.sock, or /tmp/millrace-UID/control.sock where that variable is not set.</source>
        <translation>Pfad des Unix-Sockets für die Konsole und millracectl; leer: $XDG_RUNTIME_DIR/millrace/control.sock, oder /tmp/millrace-UID/control.sock, wenn diese Variable nicht gesetzt ist.</translation>
    </message>
    <message>
        <source>Number of recent requests that the forecast by recent frequency uses.</source>
        <translation>Anzahl der letzten Anfragen, die die Vorhersage nach der jüngsten Häufigkeit nutzt.</translation>
    </message>
</context>
<context>
    <name>SettingsForm</name>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Backend without a name</source>
        <translation>Backend ohne Namen</translation>
    </message>
    <message>
        <source>from the configuration file</source>
        <translation>aus der Konfigurationsdatei</translation>
    </message>
    <message>
        <source>given by an environment variable</source>
        <translation>durch eine Umgebungsvariable vorgegeben</translation>
    </message>
    <message>
        <source>given by a command-line flag</source>
        <translation>durch eine Kommandozeilenoption vorgegeben</translation>
    </message>
    <message>
        <source>set in an earlier revision</source>
        <translation>in einer früheren Revision gesetzt</translation>
    </message>
    <message>
        <source>set in revision %1</source>
        <translation>in Revision %1 gesetzt</translation>
    </message>
    <message>
        <source>default %1</source>
        <translation>Standard %1</translation>
    </message>
    <message>
        <source>was %1 · %2</source>
        <translation>war %1 · %2</translation>
    </message>
    <message>
        <source>will be removed</source>
        <translation>wird entfernt</translation>
    </message>
    <message>
        <source>will be added</source>
        <translation>wird hinzugefügt</translation>
    </message>
    <message>
        <source>Backend %1</source>
        <translation>Backend %1</translation>
    </message>
    <message>
        <source>active</source>
        <translation>aktiv</translation>
    </message>
    <message>
        <source>removed</source>
        <translation>entfernt</translation>
    </message>
    <message>
        <source>added</source>
        <translation>hinzugefügt</translation>
    </message>
    <message>
        <source>Order of the backends</source>
        <translation>Reihenfolge der Backends</translation>
    </message>
    <message>
        <source>changed</source>
        <translation>geändert</translation>
    </message>
    <message>
        <source>%1 · adjusted automatically</source>
        <translation>%1 · automatisch angepasst</translation>
    </message>
</context>
<context>
    <name>SettingsGroups</name>
    <message>
        <source>Search settings</source>
        <translation>Suchen</translation>
    </message>
    <message>
        <source>Modified only</source>
        <translation>Nur geänderte</translation>
    </message>
    <message>
        <source>Only what differs from its default: @modified in the search</source>
        <translation>Nur was vom Standard abweicht: @modified in der Suche</translation>
    </message>
    <message>
        <source>Groups of settings</source>
        <translation>Gruppen von Einstellungen</translation>
    </message>
</context>
<context>
    <name>SettingsJson</name>
    <message>
        <source>Configuration as JSON</source>
        <translation>Konfiguration als JSON</translation>
    </message>
    <message>
        <source>Add to pending changes</source>
        <translation>Vormerken</translation>
    </message>
    <message>
        <source>Has the engine validate this configuration; nothing is applied yet (Ctrl+Return)</source>
        <translation>Lässt die Engine diese Konfiguration prüfen; noch wird nichts angewendet (Strg+Eingabe)</translation>
    </message>
    <message>
        <source>Revert</source>
        <translation>Zurücknehmen</translation>
    </message>
    <message>
        <source>Discard what was typed here</source>
        <translation>Eingaben hier verwerfen</translation>
    </message>
    <message>
        <source>Import…</source>
        <translation>Importieren …</translation>
    </message>
    <message>
        <source>From a file…</source>
        <translation>Aus einer Datei …</translation>
    </message>
    <message>
        <source>From the clipboard</source>
        <translation>Aus der Zwischenablage</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Exportieren</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Configuration</source>
        <translation>Konfiguration</translation>
    </message>
    <message>
        <source>Import a configuration</source>
        <translation>Konfiguration importieren</translation>
    </message>
    <message>
        <source>Configurations (*.json)</source>
        <translation>Konfigurationen (*.json)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>Alle Dateien (*)</translation>
    </message>
</context>
<context>
    <name>SettingsPage</name>
    <message>
        <source>Configuration as JSON</source>
        <translation>Konfiguration als JSON</translation>
    </message>
    <message>
        <source>only what differs from the defaults</source>
        <translation>nur was von den Standardwerten abweicht</translation>
    </message>
    <message>
        <source>Undo the last edit (Ctrl+Z)</source>
        <translation>Letzte Änderung zurücknehmen (Strg+Z)</translation>
    </message>
    <message>
        <source>Redo (Ctrl+Shift+Z)</source>
        <translation>Wiederholen (Strg+Umschalt+Z)</translation>
    </message>
    <message>
        <source>Add backend</source>
        <translation>Backend hinzufügen</translation>
    </message>
    <message>
        <source>Form</source>
        <translation>Formular</translation>
    </message>
    <message>
        <source>JSON</source>
        <translation>JSON</translation>
    </message>
    <message>
        <source>Loading settings</source>
        <translation>Einstellungen werden geladen</translation>
    </message>
    <message>
        <source>Settings are not available</source>
        <translation>Einstellungen nicht verfügbar</translation>
    </message>
    <message>
        <source>No settings</source>
        <translation>Keine Einstellungen</translation>
    </message>
    <message>
        <source>Everything is at its default</source>
        <translation>Alles steht auf dem Standardwert</translation>
    </message>
    <message>
        <source>No settings match</source>
        <translation>Keine passenden Einstellungen</translation>
    </message>
    <message>
        <source>Clear search</source>
        <translation>Suche löschen</translation>
    </message>
</context>
<context>
    <name>SettingsSide</name>
    <message>
        <source>Pending changes</source>
        <translation>Ausstehende Änderungen</translation>
    </message>
    <message>
        <source>Setting</source>
        <translation>Einstellung</translation>
    </message>
    <message>
        <source>Now</source>
        <translation>Jetzt</translation>
    </message>
    <message>
        <source>New</source>
        <translation>Neu</translation>
    </message>
    <message>
        <source>Changed values are collected here, validated by the engine, and applied when you confirm.</source>
        <translation>Geänderte Werte werden hier gesammelt, von der Engine geprüft und nach Ihrer Bestätigung angewendet.</translation>
    </message>
    <message>
        <source>Guarded apply measures for 30 s and reverts the change automatically if p99 latency or errors get worse.</source>
        <translation>Abgesichertes Anwenden misst 30 s lang und nimmt die Änderung von selbst zurück, wenn p99-Latenz oder Fehler zunehmen.</translation>
    </message>
    <message>
        <source>Apply guarded</source>
        <translation>Abgesichert anwenden</translation>
    </message>
    <message>
        <source>Apply</source>
        <translation>Anwenden</translation>
    </message>
    <message>
        <source>Discard</source>
        <translation>Verwerfen</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>Vorher</translation>
    </message>
    <message>
        <source>After</source>
        <translation>Nachher</translation>
    </message>
    <message>
        <source>History</source>
        <translation>Verlauf</translation>
    </message>
    <message>
        <source>No changes have been applied yet.</source>
        <translation>Noch keine Änderungen angewendet.</translation>
    </message>
    <message>
        <source>−60 s</source>
        <translation>−60 s</translation>
    </message>
    <message>
        <source>applied</source>
        <translation>angewendet</translation>
    </message>
    <message>
        <source>+60 s</source>
        <translation>+60 s</translation>
    </message>
    <message>
        <source>Mean, 1 min</source>
        <translation>Mittel, 1 min</translation>
    </message>
</context>
<context>
    <name>Shortcuts</name>
    <message>
        <source>Keyboard</source>
        <translation>Tastenkürzel</translation>
    </message>
    <message>
        <source>find anything: pages, actions, settings, models</source>
        <translation>suchen: Seiten, Aktionen, Einstellungen, Modelle</translation>
    </message>
    <message>
        <source>open a page</source>
        <translation>eine Seite öffnen</translation>
    </message>
    <message>
        <source>Space</source>
        <translation>Leertaste</translation>
    </message>
    <message>
        <source>pause the view, or return to now</source>
        <translation>Ansicht anhalten oder zum Jetzt zurück</translation>
    </message>
    <message>
        <source>End</source>
        <translation>Ende</translation>
    </message>
    <message>
        <source>return to now</source>
        <translation>zum Jetzt zurück</translation>
    </message>
    <message>
        <source>Left, Right</source>
        <translation>Links, Rechts</translation>
    </message>
    <message>
        <source>go back and forth in time</source>
        <translation>in der Zeit vor und zurück</translation>
    </message>
    <message>
        <source>find on this page</source>
        <translation>auf dieser Seite suchen</translation>
    </message>
    <message>
        <source>show the focused chart as a table</source>
        <translation>fokussiertes Diagramm als Tabelle zeigen</translation>
    </message>
    <message>
        <source>←  →  Enter  Esc</source>
        <translation>←  →  Eingabe  Esc</translation>
    </message>
    <message>
        <source>on a chart: move the crosshair, pin it, remove it</source>
        <translation>im Diagramm: Fadenkreuz bewegen, festhalten, entfernen</translation>
    </message>
    <message>
        <source>+  −  Backspace</source>
        <translation>+  −  Rücktaste</translation>
    </message>
    <message>
        <source>on a chart: shorter or longer window, zoom back</source>
        <translation>im Diagramm: Zeitraum kürzer oder länger, Zoom zurück</translation>
    </message>
    <message>
        <source>on a chart: one series alone, all of them</source>
        <translation>im Diagramm: nur eine Reihe, alle Reihen</translation>
    </message>
    <message>
        <source>on a chart of times: logarithmic axis</source>
        <translation>in Zeitdiagrammen: logarithmische Achse</translation>
    </message>
    <message>
        <source>move between controls</source>
        <translation>zwischen Bedienelementen wechseln</translation>
    </message>
    <message>
        <source>this list</source>
        <translation>diese Liste</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Ctrl+K</source>
        <translation>Strg+K</translation>
    </message>
    <message>
        <source>Ctrl+1 … Ctrl+9</source>
        <translation>Strg+1 … Strg+9</translation>
    </message>
    <message>
        <source>Ctrl+F</source>
        <translation>Strg+F</translation>
    </message>
    <message>
        <source>Tab, Shift+Tab</source>
        <translation>Tab, Umschalt+Tab</translation>
    </message>
    <message>
        <source>Ctrl+wheel</source>
        <translation>Strg+Mausrad</translation>
    </message>
    <message>
        <source>over a chart: change the window; with Shift: pan</source>
        <translation>über einem Diagramm: Fenster ändern, mit Umschalt verschieben</translation>
    </message>
</context>
<context>
    <name>StageCard</name>
    <message>
        <source>bottleneck</source>
        <translation>Engpass</translation>
    </message>
</context>
<context>
    <name>StreamsPage</name>
    <message>
        <source>Buffered bytes</source>
        <translation>Gepufferte Bytes</translation>
    </message>
    <message>
        <source>pause</source>
        <translation>Pause</translation>
    </message>
    <message>
        <source>resume</source>
        <translation>Fortsetzung</translation>
    </message>
    <message>
        <source>buffered</source>
        <translation>gepuffert</translation>
    </message>
    <message>
        <source>Chunk size</source>
        <translation>Chunkgröße</translation>
    </message>
    <message>
        <source>average</source>
        <translation>Mittel</translation>
    </message>
    <message>
        <source>Inter-token latency</source>
        <translation>Abstand zwischen Token</translation>
    </message>
    <message>
        <source>p50</source>
        <translation>p50</translation>
    </message>
    <message>
        <source>p99</source>
        <translation>p99</translation>
    </message>
    <message>
        <source>Bytes in and out</source>
        <translation>Bytes ein und aus</translation>
    </message>
    <message>
        <source>to clients</source>
        <translation>an Clients</translation>
    </message>
    <message>
        <source>from backends</source>
        <translation>von Backends</translation>
    </message>
    <message>
        <source>Paused by client</source>
        <translation>Vom Client angehalten</translation>
    </message>
    <message>
        <source>since start</source>
        <translation>seit dem Start</translation>
    </message>
    <message>
        <source>Clients that paused streams</source>
        <translation>Clients, die Streams angehalten haben</translation>
    </message>
    <message>
        <source>no client has paused a stream</source>
        <translation>kein Client hat einen Stream angehalten</translation>
    </message>
</context>
<context>
    <name>StreamsTable</name>
    <message>
        <source>Open streams</source>
        <translation>Offene Streams</translation>
    </message>
    <message>
        <source>Client</source>
        <translation>Client</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>Rate</source>
        <translation>Rate</translation>
    </message>
    <message>
        <source>Trend</source>
        <translation>Verlauf</translation>
    </message>
    <message>
        <source>Bytes per second to the client</source>
        <translation>Bytes je Sekunde an den Client</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>Gesendet</translation>
    </message>
    <message>
        <source>Buffered</source>
        <translation>Gepuffert</translation>
    </message>
    <message>
        <source>Bytes waiting for the client, out of the stream&apos;s window. When it is full, reading from the backend pauses; at the mark it resumes. A client that reads nothing is paused before the buffer is full.</source>
        <translation>Bytes, die auf den Client warten, vom Fenster des Streams. Ist es voll, pausiert das Lesen vom Backend; bei der Marke läuft es weiter. Ein Client, der nichts liest, wird angehalten, bevor der Puffer voll ist.</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Chunk</source>
        <translation>Chunk</translation>
    </message>
    <message>
        <source>gzip</source>
        <translation>gzip</translation>
    </message>
    <message>
        <source>Original size divided by sent size</source>
        <translation>Ursprüngliche Größe geteilt durch gesendete Größe</translation>
    </message>
    <message>
        <source>Buffered: %1</source>
        <translation>Gepuffert: %1</translation>
    </message>
    <message>
        <source>Cancel stream</source>
        <translation>Stream abbrechen</translation>
    </message>
    <message>
        <source>Copy client</source>
        <translation>Client kopieren</translation>
    </message>
    <message>
        <source>name of the client</source>
        <translation>Name des Clients</translation>
    </message>
    <message>
        <source>No streams are open</source>
        <translation>Keine offenen Streams</translation>
    </message>
    <message>
        <source>Waiting for the engine</source>
        <translation>Warten auf die Engine</translation>
    </message>
    <message>
        <source>Responses appear here while they are sent.</source>
        <translation>Antworten erscheinen hier, während sie gesendet werden.</translation>
    </message>
    <message>
        <source>Send a request with &quot;stream&quot;: true to %1 and its response appears here while it is sent.</source>
        <translation>Senden Sie eine Anfrage mit &quot;stream&quot;: true an %1, dann erscheint ihre Antwort hier, während sie gesendet wird.</translation>
    </message>
    <message>
        <source>Its streams appear here as soon as it responds.</source>
        <translation>Ihre Streams erscheinen hier, sobald sie antwortet.</translation>
    </message>
    <message>
        <source>Copy as curl</source>
        <translation>Als curl kopieren</translation>
    </message>
    <message>
        <source>curl command</source>
        <translation>curl-Befehl</translation>
    </message>
</context>
<context>
    <name>TimeBar</name>
    <message>
        <source>Remove the cursors (Esc on a chart)</source>
        <translation>Marken entfernen (Esc im Diagramm)</translation>
    </message>
    <message>
        <source>Earlier</source>
        <translation>Früher</translation>
    </message>
    <message>
        <source>A quarter of the window earlier (←)</source>
        <translation>Ein Viertel des Zeitraums früher (←)</translation>
    </message>
    <message>
        <source>Later</source>
        <translation>Später</translation>
    </message>
    <message>
        <source>A quarter of the window later (→)</source>
        <translation>Ein Viertel des Zeitraums später (→)</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>Zoom back</source>
        <translation>Zoom zurück</translation>
    </message>
    <message>
        <source>Back to what was shown before the zoom (double click on a chart)</source>
        <translation>Zurück zum Zeitraum vor dem Zoom (Doppelklick im Diagramm)</translation>
    </message>
    <message>
        <source>Window of time: %1</source>
        <translation>Zeitraum: %1</translation>
    </message>
    <message>
        <source>How much time is shown: Ctrl+wheel over a chart; drag on one to zoom</source>
        <translation>Wie viel Zeit gezeigt wird: Strg+Mausrad über einem Diagramm; Ziehen vergrößert</translation>
    </message>
    <message>
        <source>Pause the view; data keeps arriving (Space)</source>
        <translation>Ansicht anhalten; Daten kommen weiter an (Leertaste)</translation>
    </message>
    <message>
        <source>Return to now (Space or End)</source>
        <translation>Zurück zu jetzt (Leertaste oder Ende)</translation>
    </message>
    <message>
        <source>%1 s of data arrived meanwhile</source>
        <translation>Seitdem sind Daten von %1 s angekommen</translation>
    </message>
</context>
<context>
    <name>Toast</name>
    <message>
        <source>Undo</source>
        <translation>Rückgängig</translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation>Schließen</translation>
    </message>
</context>
<context>
    <name>TopBar</name>
    <message>
        <source>Demo data</source>
        <translation>Demodaten</translation>
    </message>
    <message>
        <source>Search  Ctrl+K</source>
        <translation>Suche  Strg+K</translation>
    </message>
    <message>
        <source>More</source>
        <translation>Mehr</translation>
    </message>
    <message>
        <source>Light theme</source>
        <translation>Helles Design</translation>
    </message>
    <message>
        <source>Dark theme</source>
        <translation>Dunkles Design</translation>
    </message>
    <message>
        <source>Stop sample load</source>
        <translation>Beispiellast beenden</translation>
    </message>
    <message>
        <source>Start sample load</source>
        <translation>Beispiellast starten</translation>
    </message>
    <message>
        <source>Keyboard shortcuts</source>
        <translation>Tastenkürzel</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>Sprache</translation>
    </message>
    <message>
        <source>Language of the desktop</source>
        <translation>Sprache des Desktops</translation>
    </message>
</context>
<context>
    <name>VerbDialog</name>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
</context>
<context>
    <name>millrace::desktop::BatchesViewModel</name>
    <message>
        <source>dispatched full</source>
        <translation>voll abgesendet</translation>
    </message>
    <message>
        <source>dispatched because the backend was idle</source>
        <translation>abgesendet, weil das Backend frei war</translation>
    </message>
    <message>
        <source>dispatched because a deadline was near</source>
        <translation>abgesendet, weil eine Frist nahte</translation>
    </message>
    <message>
        <source>dispatched when the queue was flushed</source>
        <translation>abgesendet, als die Warteschlange geleert wurde</translation>
    </message>
    <message>
        <source>dispatched: %1</source>
        <translation>abgesendet: %1</translation>
    </message>
    <message numerus="yes">
        <source>%Ln row(s)</source>
        <translation>
            <numerusform>%Ln Zeile</numerusform>
            <numerusform>%Ln Zeilen</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 · %2 · waited %3 · ran %4</source>
        <translation>%1 · %2 · wartete %3 · lief %4</translation>
    </message>
    <message>
        <source> · failed</source>
        <translation> · fehlgeschlagen</translation>
    </message>
    <message>
        <source>Average batch</source>
        <translation>Mittlerer Batch</translation>
    </message>
    <message>
        <source>rows</source>
        <translation>Zeilen</translation>
    </message>
    <message>
        <source>target %1 – %2 under load</source>
        <translation>Ziel %1 – %2 unter Last</translation>
    </message>
    <message>
        <source>Efficiency</source>
        <translation>Effizienz</translation>
    </message>
    <message>
        <source>%1 full or idle</source>
        <translation>%1 voll/frei</translation>
    </message>
    <message>
        <source>Wait</source>
        <translation>Wartezeit</translation>
    </message>
    <message>
        <source>%1 p99</source>
        <translation>%1 p99</translation>
    </message>
    <message>
        <source>no queue yet</source>
        <translation>noch keine Warteschlange</translation>
    </message>
    <message>
        <source>Effective size</source>
        <translation>Wirksame Größe</translation>
    </message>
    <message>
        <source>of %1</source>
        <translation>von %1</translation>
    </message>
    <message>
        <source>Queue</source>
        <translation>Warteschlange</translation>
    </message>
    <message>
        <source>requests</source>
        <translation>Anfragen</translation>
    </message>
    <message>
        <source>%1 batches at backends</source>
        <translation>%1 Batches an Backends</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <translation>%1 (%2)</translation>
    </message>
    <message numerus="yes">
        <source>%Ln unused queue(s) not listed</source>
        <translation>
            <numerusform>%Ln unbenutzte Warteschlange nicht gezeigt</numerusform>
            <numerusform>%Ln unbenutzte Warteschlangen nicht gezeigt</numerusform>
        </translation>
    </message>
    <message>
        <source>more than %1 rows</source>
        <translation>mehr als %1 Zeilen</translation>
    </message>
    <message>
        <source>%1 – %2 rows</source>
        <translation>%1 – %2 Zeilen</translation>
    </message>
    <message numerus="yes">
        <source>%1: %Ln batch(es)</source>
        <translation>
            <numerusform>%1: %Ln Batch</numerusform>
            <numerusform>%1: %Ln Batches</numerusform>
        </translation>
    </message>
    <message>
        <source>The last %1 batches: %2 dispatched full, %3 to an idle backend, %4 by timeout, %5 by deadline, %6 by flush.</source>
        <translation>Die letzten %1 Batches: %2 voll abgesendet, %3 an ein freies Backend, %4 nach Zeitlimit, %5 wegen einer Frist, %6 beim Leeren.</translation>
    </message>
    <message>
        <source>goal ≥ %1</source>
        <translation>Ziel ≥ %1</translation>
    </message>
    <message>
        <source>%1 batches</source>
        <translation>%1 Batches</translation>
    </message>
    <message>
        <source>1 batch at a backend</source>
        <translation>1 Batch an einem Backend</translation>
    </message>
    <message>
        <source>dispatched when the batch timeout had passed</source>
        <translation>abgesendet nach Ablauf des Batch-Zeitlimits</translation>
    </message>
    <message>
        <source>batch timeout %1 + wait for a slot</source>
        <translation>Zeitlimit %1 + Warten auf einen Platz</translation>
    </message>
    <message>
        <source>%1 + %2 / row</source>
        <translation>%1 + %2 / Zeile</translation>
    </message>
    <message>
        <source>batch sizes of that time are not kept</source>
        <translation>Batchgrößen dieser Zeit sind nicht gespeichert</translation>
    </message>
    <message>
        <source>no batch was sent yet</source>
        <translation>noch kein Batch abgesendet</translation>
    </message>
    <message>
        <source>since %1</source>
        <translation>seit %1</translation>
    </message>
    <message>
        <source>no batch was sent in this time</source>
        <translation>in dieser Zeit wurde kein Batch abgesendet</translation>
    </message>
    <message>
        <source>adaptive limit of %1</source>
        <translation>adaptive Grenze von %1</translation>
    </message>
    <message>
        <source>adaptive limit</source>
        <translation>adaptive Grenze</translation>
    </message>
    <message>
        <source>the adaptive limit of the model with most rows</source>
        <translation>die adaptive Grenze des Modells mit den meisten Zeilen</translation>
    </message>
</context>
<context>
    <name>millrace::desktop::ConnectionsViewModel</name>
    <message>
        <source>busy</source>
        <translation>belegt</translation>
    </message>
    <message>
        <source>idle</source>
        <translation>Leerlauf</translation>
    </message>
    <message>
        <source>connecting</source>
        <translation>im Aufbau</translation>
    </message>
    <message>
        <source>draining</source>
        <translation>auslaufend</translation>
    </message>
    <message>
        <source>healthy</source>
        <translation>in Ordnung</translation>
    </message>
    <message>
        <source>probing</source>
        <translation>wird geprüft</translation>
    </message>
    <message>
        <source>ejected</source>
        <translation>ausgeschlossen</translation>
    </message>
    <message>
        <source>disabled</source>
        <translation>abgeschaltet</translation>
    </message>
    <message>
        <source>not checked yet</source>
        <translation>noch nicht geprüft</translation>
    </message>
    <message>
        <source>age</source>
        <translation>Alter</translation>
    </message>
    <message>
        <source>shrink</source>
        <translation>Abbau</translation>
    </message>
    <message>
        <source>server closed</source>
        <translation>Server</translation>
    </message>
    <message>
        <source>error</source>
        <translation>Fehler</translation>
    </message>
    <message>
        <source>evicted</source>
        <translation>verdrängt</translation>
    </message>
    <message>
        <source>drain</source>
        <translation>Auslaufen</translation>
    </message>
    <message>
        <source>unhealthy</source>
        <translation>gestört</translation>
    </message>
    <message>
        <source>one-shot</source>
        <translation>einmalig</translation>
    </message>
    <message>
        <source>cancelled</source>
        <translation>abgebrochen</translation>
    </message>
    <message>
        <source>unused for the idle limit</source>
        <translation>bis zum Leerlauf-Zeitlimit unbenutzt</translation>
    </message>
    <message>
        <source>reached the maximum age or number of uses</source>
        <translation>Höchstalter oder Höchstzahl der Benutzungen erreicht</translation>
    </message>
    <message>
        <source>more were open than the load required</source>
        <translation>mehr offen, als die Last erforderte</translation>
    </message>
    <message>
        <source>closed by the backend</source>
        <translation>vom Backend geschlossen</translation>
    </message>
    <message>
        <source>a request on it failed</source>
        <translation>eine Anfrage darüber schlug fehl</translation>
    </message>
    <message>
        <source>evicted manually</source>
        <translation>manuell geschlossen</translation>
    </message>
    <message>
        <source>the backend was drained</source>
        <translation>das Backend läuft aus</translation>
    </message>
    <message>
        <source>the backend failed its health checks</source>
        <translation>das Backend hat die Zustandsprüfung nicht bestanden</translation>
    </message>
    <message>
        <source>connections are not kept: reuse is off</source>
        <translation>Verbindungen werden nicht behalten: Wiederverwendung ist aus</translation>
    </message>
    <message>
        <source>the client disconnected before the end of the response</source>
        <translation>der Client trennte die Verbindung vor dem Ende der Antwort</translation>
    </message>
    <message>
        <source>Reused</source>
        <translation>Wiederverwendet</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Offen</translation>
    </message>
    <message>
        <source>of %1</source>
        <translation>von %1</translation>
    </message>
    <message>
        <source>%1 busy · %2 idle · %3 connecting</source>
        <translation>%1 belegt · %2 frei · %3 im Aufbau</translation>
    </message>
    <message>
        <source>%1 p99</source>
        <translation>%1 p99</translation>
    </message>
    <message>
        <source>goal ≤ %1</source>
        <translation>Ziel ≤ %1</translation>
    </message>
    <message>
        <source>goal ≤ %1 · none opened recently</source>
        <translation>Ziel ≤ %1 · zuletzt keine geöffnet</translation>
    </message>
    <message>
        <source>Health check</source>
        <translation>Zustandsprüfung</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>Wartend</translation>
    </message>
    <message>
        <source>requests</source>
        <translation>Anfragen</translation>
    </message>
    <message>
        <source>wait p99 %1</source>
        <translation>Wartezeit p99 %1</translation>
    </message>
    <message>
        <source>%1 of the limit are busy; %2 more requests get a connection at once</source>
        <translation>%1 der Grenze belegt; %2 weitere Anfragen erhalten sofort eine Verbindung</translation>
    </message>
    <message>
        <source>%1 of %2 open</source>
        <translation>%1 von %2 offen</translation>
    </message>
    <message>
        <source>check %1, %2</source>
        <translation>Prüfung %1, %2</translation>
    </message>
    <message>
        <source>%1 · open %2 · %3 uses</source>
        <translation>%1 · offen seit %2 · %3 Benutzungen</translation>
    </message>
    <message numerus="yes">
        <source> · %Ln call(s) in flight</source>
        <translation>
            <numerusform> · %Ln laufender Aufruf</numerusform>
            <numerusform> · %Ln laufende Aufrufe</numerusform>
        </translation>
    </message>
    <message>
        <source> · unused for %1</source>
        <translation> · unbenutzt seit %1</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>%1: %2, %3</source>
        <translation>%1: %2, %3</translation>
    </message>
    <message>
        <source>probing …</source>
        <translation>wird geprüft …</translation>
    </message>
    <message>
        <source>could not be probed: %1</source>
        <translation>konnte nicht geprüft werden: %1</translation>
    </message>
    <message>
        <source>probed: answers in %1</source>
        <translation>geprüft: antwortet in %1</translation>
    </message>
    <message>
        <source>probed: %1</source>
        <translation>geprüft: %1</translation>
    </message>
    <message>
        <source>not evicted: %1</source>
        <translation>nicht geschlossen: %1</translation>
    </message>
    <message>
        <source>%1: not evicted: %2</source>
        <translation>%1: nicht geschlossen: %2</translation>
    </message>
    <message numerus="yes">
        <source>%Ln idle connection(s) closed</source>
        <translation>
            <numerusform>%Ln freie Verbindung geschlossen</numerusform>
            <numerusform>%Ln freie Verbindungen geschlossen</numerusform>
        </translation>
    </message>
    <message>
        <source>not drained: %1</source>
        <translation>läuft nicht aus: %1</translation>
    </message>
    <message>
        <source>not resumed: %1</source>
        <translation>nicht fortgesetzt: %1</translation>
    </message>
    <message>
        <source>draining: takes no new requests</source>
        <translation>läuft aus: nimmt keine neuen Anfragen an</translation>
    </message>
    <message>
        <source>takes requests again</source>
        <translation>nimmt wieder Anfragen an</translation>
    </message>
    <message>
        <source>%1 is draining: it takes no new requests</source>
        <translation>%1 läuft aus: keine neuen Anfragen</translation>
    </message>
    <message>
        <source>%1 takes requests again</source>
        <translation>%1 nimmt wieder Anfragen an</translation>
    </message>
    <message>
        <source>Connect</source>
        <translation>Aufbau</translation>
    </message>
    <message>
        <source>goal ≥ %1</source>
        <translation>Ziel ≥ %1</translation>
    </message>
    <message>
        <source>%1 opened since start</source>
        <translation>%1 neu seit Start</translation>
    </message>
    <message>
        <source>%1 of %2 failed</source>
        <translation>%1 von %2 fehlgeschlagen</translation>
    </message>
    <message>
        <source>%1 passed</source>
        <translation>%1 gut</translation>
    </message>
    <message>
        <source>%1 open to backends</source>
        <translation>%1 zu Backends offen</translation>
    </message>
    <message>
        <source>moved</source>
        <translation>verlegt</translation>
    </message>
    <message>
        <source>the backend&apos;s name has other addresses, or another one had fewer connections</source>
        <translation>der Name des Backends hat andere Adressen, oder eine andere hatte weniger Verbindungen</translation>
    </message>
    <message>
        <source>no connection is open: the first request opens one</source>
        <translation>keine Verbindung offen: Die erste Anfrage öffnet eine</translation>
    </message>
    <message>
        <source>no connection is open: no backend takes requests</source>
        <translation>keine Verbindung offen: kein Backend nimmt Anfragen an</translation>
    </message>
</context>
<context>
    <name>millrace::desktop::EngineViewModel</name>
    <message>
        <source>Connecting</source>
        <translation>Verbindet</translation>
    </message>
    <message>
        <source>No engine</source>
        <translation>Keine Engine</translation>
    </message>
    <message>
        <source>Starting</source>
        <translation>Startet</translation>
    </message>
    <message>
        <source>Draining</source>
        <translation>Läuft aus</translation>
    </message>
    <message>
        <source>Connected</source>
        <translation>Verbunden</translation>
    </message>
    <message>
        <source>Not responding</source>
        <translation>Antwortet nicht</translation>
    </message>
    <message>
        <source>Reconnecting</source>
        <translation>Verbindet erneut</translation>
    </message>
    <message>
        <source>Other version</source>
        <translation>Andere Version</translation>
    </message>
    <message>
        <source>Access denied</source>
        <translation>Zugriff verweigert</translation>
    </message>
    <message>
        <source>demo data</source>
        <translation>Demodaten</translation>
    </message>
    <message>
        <source>local engine</source>
        <translation>lokale Engine</translation>
    </message>
    <message>
        <source>up %1</source>
        <translation>seit %1</translation>
    </message>
    <message>
        <source>rev %1</source>
        <translation>Rev. %1</translation>
    </message>
    <message>
        <source>Connecting to the engine at %1.</source>
        <translation>Verbindung zur Engine unter %1 wird aufgebaut.</translation>
    </message>
    <message>
        <source>No engine is running at %1.</source>
        <translation>Unter %1 läuft keine Engine.</translation>
    </message>
    <message>
        <source>No engine is running. %1</source>
        <translation>Es läuft keine Engine. %1</translation>
    </message>
    <message>
        <source>The engine is starting.</source>
        <translation>Die Engine startet.</translation>
    </message>
    <message>
        <source>The engine has not responded for more than 2 s.</source>
        <translation>Die Engine antwortet seit mehr als 2 s nicht.</translation>
    </message>
    <message>
        <source>The connection to the engine was lost.</source>
        <translation>Die Verbindung zur Engine ist abgerissen.</translation>
    </message>
    <message>
        <source>The engine speaks another version of the control interface.</source>
        <translation>Die Engine spricht eine andere Version der Steuerungsschnittstelle.</translation>
    </message>
    <message>
        <source>The engine refused this console.</source>
        <translation>Die Engine hat diese Konsole abgewiesen.</translation>
    </message>
    <message>
        <source>Showing data as of %1.</source>
        <translation>Gezeigt werden Daten von %1.</translation>
    </message>
    <message>
        <source>Another program uses the port. The engine can listen on free ports instead.</source>
        <translation>Ein anderes Programm benutzt den Port. Die Engine kann stattdessen freie Ports benutzen.</translation>
    </message>
    <message>
        <source>Start millraced; the console attaches to it.</source>
        <translation>Starten Sie millraced; die Konsole verbindet sich damit.</translation>
    </message>
    <message>
        <source>It may be overloaded, or stopped in a debugger.</source>
        <translation>Sie ist möglicherweise überlastet oder in einem Debugger angehalten.</translation>
    </message>
    <message>
        <source>Reconnecting.</source>
        <translation>Verbindung wird wiederhergestellt.</translation>
    </message>
    <message>
        <source>Install console and engine of the same version.</source>
        <translation>Installieren Sie Konsole und Engine in derselben Version.</translation>
    </message>
    <message>
        <source>The control socket belongs to another user. Use --control to name yours.</source>
        <translation>Der Steuerungs-Socket gehört einem anderen Benutzer. Geben Sie mit --control Ihren eigenen an.</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Erneut versuchen</translation>
    </message>
    <message>
        <source>Start on free ports</source>
        <translation>Auf freien Ports starten</translation>
    </message>
    <message>
        <source>Start engine</source>
        <translation>Engine starten</translation>
    </message>
    <message>
        <source>%1 req/s</source>
        <translation>%1 Anfr./s</translation>
    </message>
    <message>
        <source>p99 %1 (tensor calls)</source>
        <translation>p99 %1 (Tensoraufrufe)</translation>
    </message>
    <message>
        <source>engine %1</source>
        <translation>Engine %1</translation>
    </message>
    <message>
        <source>engine %1 · %2</source>
        <translation>Engine %1 · %2</translation>
    </message>
    <message>
        <source>Config rev %1</source>
        <translation>Konfig. Rev. %1</translation>
    </message>
    <message>
        <source>No request is in flight.</source>
        <translation>Keine laufenden Anfragen.</translation>
    </message>
    <message>
        <source>%1, %2.</source>
        <translation>%1, %2.</translation>
    </message>
    <message numerus="yes">
        <source>%Ln request(s) in flight</source>
        <translation>
            <numerusform>%Ln laufende Anfrage</numerusform>
            <numerusform>%Ln laufende Anfragen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln of them streaming</source>
        <translation>
            <numerusform>davon %Ln als Stream</numerusform>
            <numerusform>davon %Ln als Streams</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 Those in flight may finish. Requests to %2 will be refused until an engine is started again.</source>
        <translation>%1 Laufende dürfen zu Ende laufen. Anfragen an %2 werden abgewiesen, bis wieder eine Engine gestartet wird.</translation>
    </message>
    <message>
        <source>%1 Those in flight may finish. Requests to %2 are refused until the engine is back.</source>
        <translation>%1 Laufende dürfen zu Ende laufen. Anfragen an %2 werden abgewiesen, bis die Engine wieder da ist.</translation>
    </message>
    <message>
        <source>It was not started from this console: options of its command line are not repeated.</source>
        <translation>Sie wurde nicht von dieser Konsole gestartet: Optionen ihrer Kommandozeile werden nicht übernommen.</translation>
    </message>
    <message>
        <source>The engine was not stopped: %1</source>
        <translation>Die Engine wurde nicht beendet: %1</translation>
    </message>
    <message>
        <source>The engine is restarting.</source>
        <translation>Die Engine startet neu.</translation>
    </message>
    <message>
        <source>The engine is stopping.</source>
        <translation>Die Engine wird beendet.</translation>
    </message>
    <message>
        <source>Config rev %1 · applied %2</source>
        <translation>Konfig. Rev. %1 · angewendet %2</translation>
    </message>
    <message>
        <source>engine %1 · %2, polling</source>
        <translation>Engine %1 · %2, aktiv wartend</translation>
    </message>
</context>
<context>
    <name>millrace::desktop::EventList</name>
    <message>
        <source>error</source>
        <translation>Fehler</translation>
    </message>
    <message>
        <source>warning</source>
        <translation>Warnung</translation>
    </message>
    <message>
        <source>notice</source>
        <translation>Hinweis</translation>
    </message>
    <message>
        <source>info</source>
        <translation>Info</translation>
    </message>
</context>
<context>
    <name>millrace::desktop::EventsViewModel</name>
    <message>
        <source>%1 of %2</source>
        <translation>%1 von %2</translation>
    </message>
    <message>
        <source>frozen</source>
        <translation>angehalten</translation>
    </message>
    <message>
        <source>frozen · %1 newer</source>
        <translation>angehalten · %1 neuere</translation>
    </message>
    <message numerus="yes">
        <source>%Ln warning(s) and error(s) since this page was last open</source>
        <translation>
            <numerusform>%Ln Warnung oder Fehler, seit diese Seite zuletzt offen war</numerusform>
            <numerusform>%Ln Warnungen und Fehler, seit diese Seite zuletzt offen war</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>millrace::desktop::FakeEngineClient</name>
    <message>
        <source>It was stopped from this console.</source>
        <translation>Sie wurde von dieser Konsole beendet.</translation>
    </message>
</context>
<context>
    <name>millrace::desktop::FlowViewModel</name>
    <message>
        <source>Clients</source>
        <translation>Clients</translation>
    </message>
    <message>
        <source>in flight</source>
        <translation>laufend</translation>
    </message>
    <message>
        <source>served</source>
        <translation>beantwortet</translation>
    </message>
    <message>
        <source>errors</source>
        <translation>Fehler</translation>
    </message>
    <message>
        <source>refused</source>
        <translation>abgewiesen</translation>
    </message>
    <message>
        <source>Connections</source>
        <translation>Verbindungen</translation>
    </message>
    <message>
        <source>reused</source>
        <translation>erneut</translation>
    </message>
    <message>
        <source>open</source>
        <translation>offen</translation>
    </message>
    <message>
        <source>connect p99</source>
        <translation>Aufbau p99</translation>
    </message>
    <message>
        <source>health p99</source>
        <translation>Prüfung p99</translation>
    </message>
    <message>
        <source>%1 (%2 busy)</source>
        <translation>%1 (%2 belegt)</translation>
    </message>
    <message>
        <source>Batches</source>
        <translation>Batches</translation>
    </message>
    <message>
        <source>rows / batch</source>
        <translation>Zeilen / Batch</translation>
    </message>
    <message>
        <source>sent full</source>
        <translation>voll gesendet</translation>
    </message>
    <message>
        <source>wait p99</source>
        <translation>Wartezeit p99</translation>
    </message>
    <message>
        <source>efficiency</source>
        <translation>Effizienz</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>Modelle</translation>
    </message>
    <message>
        <source>preload hits</source>
        <translation>Treffer</translation>
    </message>
    <message>
        <source>loaded</source>
        <translation>geladen</translation>
    </message>
    <message>
        <source>next</source>
        <translation>folgt</translation>
    </message>
    <message>
        <source>queue</source>
        <translation>wartend</translation>
    </message>
    <message>
        <source>%1 of %2 · %3</source>
        <translation>%1/%2 · %3</translation>
    </message>
    <message>
        <source>Inference</source>
        <translation>Inferenz</translation>
    </message>
    <message>
        <source>/ batch</source>
        <translation>/ Batch</translation>
    </message>
    <message>
        <source>batches</source>
        <translation>Batches</translation>
    </message>
    <message>
        <source>rows</source>
        <translation>Zeilen</translation>
    </message>
    <message>
        <source>healthy backends</source>
        <translation>in Ordnung</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 von %2</translation>
    </message>
    <message>
        <source>Streams</source>
        <translation>Streams</translation>
    </message>
    <message>
        <source>buffered</source>
        <translation>gepuffert</translation>
    </message>
    <message>
        <source>backpressure</source>
        <translation>Rückstau</translation>
    </message>
    <message>
        <source>goal %1</source>
        <translation>Ziel %1</translation>
    </message>
    <message>
        <source>Throughput</source>
        <translation>Durchsatz</translation>
    </message>
    <message>
        <source>req/s</source>
        <translation>Anfr./s</translation>
    </message>
    <message>
        <source>p99 of tensor calls</source>
        <translation>p99 Tensoraufrufe</translation>
    </message>
    <message>
        <source>Time to first token</source>
        <translation>Erstes Token</translation>
    </message>
    <message>
        <source>%1 p50</source>
        <translation>%1 p50</translation>
    </message>
    <message>
        <source>p99 %1</source>
        <translation>p99 %1</translation>
    </message>
    <message>
        <source>Added by Millrace</source>
        <translation>Zusatzzeit</translation>
    </message>
    <message>
        <source>Prediction accuracy</source>
        <translation>Vorhersagegüte</translation>
    </message>
    <message>
        <source>goal ≥ %1 · changes %2</source>
        <translation>Ziel ≥ %1 · Wechsel %2</translation>
    </message>
    <message>
        <source>Memory / request</source>
        <translation>Speicher / Anfrage</translation>
    </message>
    <message>
        <source>%1 of %1</source>
        <translation>%1 von %1</translation>
    </message>
    <message>
        <source>in memory: all fit</source>
        <translation>im Speicher: alle passen</translation>
    </message>
</context>
<context>
    <name>millrace::desktop::GrpcEngineClient</name>
    <message>
        <source>Engine %1 speaks %2, this console %3.</source>
        <translation>Engine %1 spricht %2, diese Konsole %3.</translation>
    </message>
    <message>
        <source>The engine was started but has not responded for %1 s.</source>
        <translation>Die Engine wurde gestartet, antwortet aber seit %1 s nicht.</translation>
    </message>
    <message>
        <source>Its last line: %1</source>
        <translation>Ihre letzte Zeile: %1</translation>
    </message>
    <message>
        <source>It was stopped from this console.</source>
        <translation>Sie wurde von dieser Konsole beendet.</translation>
    </message>
    <message>
        <source>It has exited.</source>
        <translation>Sie hat sich beendet.</translation>
    </message>
    <message>
        <source>The engine exited immediately without a message.</source>
        <translation>Die Engine hat sich sofort ohne Meldung beendet.</translation>
    </message>
    <message>
        <source>The engine did not start: %1</source>
        <translation>Die Engine ist nicht gestartet: %1</translation>
    </message>
    <message>
        <source>%1 could not be run.</source>
        <translation>%1 konnte nicht ausgeführt werden.</translation>
    </message>
    <message>
        <source>This user may not open %1.</source>
        <translation>Dieser Benutzer darf %1 nicht öffnen.</translation>
    </message>
</context>
<context>
    <name>millrace::desktop::HealthViewModel</name>
    <message>
        <source>Demo</source>
        <translation>Demo</translation>
    </message>
    <message>
        <source>Healthy</source>
        <translation>In Ordnung</translation>
    </message>
    <message>
        <source>+%1</source>
        <translation>+%1</translation>
    </message>
    <message>
        <source>Engine, backends and requests are healthy.</source>
        <translation>Engine, Backends und Anfragen sind in Ordnung.</translation>
    </message>
    <message>
        <source>%1 takes requests again</source>
        <translation>%1 nimmt wieder Anfragen an</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>%1 is healthy: answered in %2</source>
        <translation>%1 ist in Ordnung: Antwort nach %2</translation>
    </message>
    <message>
        <source>%1 is unhealthy: %2</source>
        <translation>%1 ist gestört: %2</translation>
    </message>
</context>
<context>
    <name>millrace::desktop::IdleTtlEditor</name>
    <message>
        <source>as in the settings: %1</source>
        <translation>wie in den Einstellungen: %1</translation>
    </message>
    <message>
        <source>never</source>
        <translation>nie</translation>
    </message>
    <message>
        <source>as in the settings</source>
        <translation>wie in den Einstellungen</translation>
    </message>
    <message>
        <source>another time</source>
        <translation>eine andere Zeit</translation>
    </message>
    <message>
        <source>seconds</source>
        <translation>Sekunden</translation>
    </message>
    <message>
        <source>minutes</source>
        <translation>Minuten</translation>
    </message>
    <message>
        <source>hours</source>
        <translation>Stunden</translation>
    </message>
    <message>
        <source>days</source>
        <translation>Tage</translation>
    </message>
    <message>
        <source>%1 is not a number</source>
        <translation>%1 ist keine Zahl</translation>
    </message>
    <message>
        <source>must be more than 0 and at most %1</source>
        <translation>muss mehr als 0 und höchstens %1 sein</translation>
    </message>
</context>
<context>
    <name>millrace::desktop::JsonViewModel</name>
    <message>
        <source>line %1, column %2</source>
        <translation>Zeile %1, Spalte %2</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>%1 is larger than 1 MiB: not a configuration</source>
        <translation>%1 ist größer als 1 MiB: keine Konfiguration</translation>
    </message>
</context>
<context>
    <name>millrace::desktop::ModelMetadata</name>
    <message>
        <source>its metadata names no inputs</source>
        <translation>seine Metadaten nennen keine Eingaben</translation>
    </message>
</context>
<context>
    <name>millrace::desktop::ModelsViewModel</name>
    <message>
        <source>queued</source>
        <translation>wartet</translation>
    </message>
    <message>
        <source>preloading</source>
        <translation>wird vorgeladen</translation>
    </message>
    <message>
        <source>loading</source>
        <translation>wird geladen</translation>
    </message>
    <message>
        <source>unloading</source>
        <translation>wird entladen</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>fehlgeschlagen</translation>
    </message>
    <message>
        <source>In memory</source>
        <translation>Im Speicher</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 von %2</translation>
    </message>
    <message>
        <source>models</source>
        <translation>Modelle</translation>
    </message>
    <message>
        <source>all fit: nothing to preload</source>
        <translation>alle passen: nichts vorzuladen</translation>
    </message>
    <message>
        <source>goal ≥ %1</source>
        <translation>Ziel ≥ %1</translation>
    </message>
    <message>
        <source>%1 · %2 wasted</source>
        <translation>%1 · %2 umsonst</translation>
    </message>
    <message>
        <source>Preload hits</source>
        <translation>Vorlade-Treffer</translation>
    </message>
    <message>
        <source>%1 in 5 min</source>
        <translation>%1 in 5 min</translation>
    </message>
    <message>
        <source>preloading is switched off</source>
        <translation>Vorladen ist ausgeschaltet</translation>
    </message>
    <message>
        <source>Prediction</source>
        <translation>Vorhersage</translation>
    </message>
    <message>
        <source>%1 of requests</source>
        <translation>%1 Anfragen</translation>
    </message>
    <message>
        <source>goal ≥ %1 · changes %2</source>
        <translation>Ziel ≥ %1 · Wechsel %2</translation>
    </message>
    <message>
        <source>Loads waited for</source>
        <translation>Laden mit Wartezeit</translation>
    </message>
    <message>
        <source>in 5 min</source>
        <translation>in 5 min</translation>
    </message>
    <message>
        <source>LRU alone: %1</source>
        <translation>nur LRU: %1</translation>
    </message>
    <message>
        <source>Load time</source>
        <translation>Ladezeit</translation>
    </message>
    <message>
        <source>%1 average</source>
        <translation>%1 Mittel</translation>
    </message>
    <message>
        <source>goal ≤ %1</source>
        <translation>Ziel ≤ %1</translation>
    </message>
    <message>
        <source>Load queue</source>
        <translation>Ladewarteschlange</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>wartend</translation>
    </message>
    <message>
        <source>goal &lt; %1</source>
        <translation>Ziel &lt; %1</translation>
    </message>
    <message>
        <source>Memory of models</source>
        <translation>Modellspeicher</translation>
    </message>
    <message>
        <source>%1 of %2 models</source>
        <translation>%1 von %2 Modellen</translation>
    </message>
    <message>
        <source>now · %1</source>
        <translation>jetzt · %1</translation>
    </message>
    <message>
        <source>never</source>
        <translation>nie</translation>
    </message>
    <message>
        <source>loaded and unloaded by its own server</source>
        <translation>vom eigenen Server geladen und entladen</translation>
    </message>
    <message>
        <source>prediction is switched off</source>
        <translation>Vorhersage ist ausgeschaltet</translation>
    </message>
    <message>
        <source>%, row → column · preload threshold %1</source>
        <translation>%, Zeile → Spalte · Schwelle zum Vorladen %1</translation>
    </message>
    <message>
        <source>share of the next requests, in percent</source>
        <translation>Anteil der nächsten Anfragen, in Prozent</translation>
    </message>
    <message>
        <source>after %1 comes %2: %3</source>
        <translation>auf %1 folgt %2: %3</translation>
    </message>
    <message>
        <source>nothing has followed %1 yet</source>
        <translation>auf %1 folgte noch nichts</translation>
    </message>
    <message>
        <source>load requested …</source>
        <translation>Laden angefordert …</translation>
    </message>
    <message>
        <source>not loaded: %1</source>
        <translation>nicht geladen: %1</translation>
    </message>
    <message>
        <source>%1 was not loaded: %2</source>
        <translation>%1 wurde nicht geladen: %2</translation>
    </message>
    <message>
        <source>Loading %1</source>
        <translation>%1 wird geladen</translation>
    </message>
    <message>
        <source>unload requested …</source>
        <translation>Entladen angefordert …</translation>
    </message>
    <message>
        <source>not unloaded: %1</source>
        <translation>nicht entladen: %1</translation>
    </message>
    <message>
        <source>%1 was not unloaded: %2</source>
        <translation>%1 wurde nicht entladen: %2</translation>
    </message>
    <message>
        <source>%1 unloaded</source>
        <translation>%1 entladen</translation>
    </message>
    <message>
        <source>not pinned: %1</source>
        <translation>nicht angeheftet: %1</translation>
    </message>
    <message>
        <source>not unpinned: %1</source>
        <translation>nicht gelöst: %1</translation>
    </message>
    <message>
        <source>pinned: stays in memory</source>
        <translation>angeheftet: bleibt im Speicher</translation>
    </message>
    <message>
        <source>unpinned: may be evicted again</source>
        <translation>gelöst: darf wieder verdrängt werden</translation>
    </message>
    <message>
        <source>%1 pinned</source>
        <translation>%1 angeheftet</translation>
    </message>
    <message>
        <source>%1 unpinned</source>
        <translation>%1 gelöst</translation>
    </message>
    <message>
        <source>No model in memory is idle: each is pinned, in use, or managed by its server.</source>
        <translation>Kein Modell im Speicher ist unbenutzt: Jedes ist angeheftet, in Benutzung oder von seinem Server verwaltet.</translation>
    </message>
    <message>
        <source>Unloading %1</source>
        <translation>%1 wird entladen</translation>
    </message>
    <message numerus="yes">
        <source>Unloading %Ln idle model(s)</source>
        <translation>
            <numerusform>%Ln unbenutztes Modell wird entladen</numerusform>
            <numerusform>%Ln unbenutzte Modelle werden entladen</numerusform>
        </translation>
    </message>
    <message>
        <source>loaded</source>
        <translation>geladen</translation>
    </message>
    <message>
        <source>not loaded</source>
        <translation>nicht geladen</translation>
    </message>
    <message>
        <source>%1 loading</source>
        <translation>%1 laden</translation>
    </message>
    <message>
        <source>%1 of %2 loading</source>
        <translation>%1 von %2 laden</translation>
    </message>
    <message>
        <source>%1 models</source>
        <translation>%1 Modelle</translation>
    </message>
    <message>
        <source>managed</source>
        <translation>verwaltet</translation>
    </message>
    <message>
        <source>%1 in memory</source>
        <translation>%1 im Speicher</translation>
    </message>
    <message>
        <source>unloaded when unused as the settings say</source>
        <translation>wird bei Nichtnutzung entladen, wie die Einstellungen es sagen</translation>
    </message>
    <message>
        <source>may be preloaded</source>
        <translation>darf vorgeladen werden</translation>
    </message>
    <message>
        <source>never preloaded: loaded only when it is requested</source>
        <translation>wird nie vorgeladen: nur auf Anfrage geladen</translation>
    </message>
    <message>
        <source>not changed: %1</source>
        <translation>nicht geändert: %1</translation>
    </message>
    <message>
        <source>classifier</source>
        <translation>Klassifikator</translation>
    </message>
    <message>
        <source>embedding</source>
        <translation>Embedding</translation>
    </message>
    <message>
        <source>text</source>
        <translation>Text</translation>
    </message>
    <message>
        <source>synthetic</source>
        <translation>synthetisch</translation>
    </message>
    <message>
        <source>%1 of %1</source>
        <translation>%1 von %1</translation>
    </message>
</context>
<context>
    <name>millrace::desktop::Notifications</name>
    <message>
        <source>The engine is running again</source>
        <translation>Die Engine läuft wieder</translation>
    </message>
    <message>
        <source>It serves requests at %1.</source>
        <translation>Sie beantwortet Anfragen unter %1.</translation>
    </message>
    <message>
        <source>The engine is not responding</source>
        <translation>Die Engine antwortet nicht</translation>
    </message>
    <message>
        <source>The engine is down</source>
        <translation>Die Engine ist ausgefallen</translation>
    </message>
    <message>
        <source>Requests are not served. %1</source>
        <translation>Anfragen werden nicht beantwortet. %1</translation>
    </message>
    <message>
        <source>Backend %1 was ejected</source>
        <translation>Backend %1 wurde ausgeschlossen</translation>
    </message>
    <message>
        <source>A revision was reverted</source>
        <translation>Eine Revision wurde zurückgenommen</translation>
    </message>
</context>
<context>
    <name>millrace::desktop::PaletteEntries</name>
    <message>
        <source>page</source>
        <translation>Seite</translation>
    </message>
    <message>
        <source>action</source>
        <translation>Aktion</translation>
    </message>
    <message>
        <source>Return to now</source>
        <translation>Zum Jetzt zurück</translation>
    </message>
    <message>
        <source>Pause the view</source>
        <translation>Ansicht anhalten</translation>
    </message>
    <message>
        <source>Space</source>
        <translation>Leertaste</translation>
    </message>
    <message>
        <source>time window</source>
        <translation>Zeitraum</translation>
    </message>
    <message>
        <source>Dark theme</source>
        <translation>Dunkles Design</translation>
    </message>
    <message>
        <source>Light theme</source>
        <translation>Helles Design</translation>
    </message>
    <message>
        <source>System theme</source>
        <translation>Design des Systems</translation>
    </message>
    <message>
        <source>language</source>
        <translation>Sprache</translation>
    </message>
    <message>
        <source>Language of the desktop</source>
        <translation>Sprache des Desktops</translation>
    </message>
    <message>
        <source>Keyboard shortcuts</source>
        <translation>Tastenkürzel</translation>
    </message>
    <message>
        <source>F1</source>
        <translation>F1</translation>
    </message>
    <message>
        <source>Copy endpoint</source>
        <translation>Endpunkt kopieren</translation>
    </message>
    <message>
        <source>Endpoint</source>
        <translation>Endpunkt</translation>
    </message>
    <message>
        <source>Copy as curl</source>
        <translation>Als curl kopieren</translation>
    </message>
    <message>
        <source>a complete example</source>
        <translation>ein vollständiges Beispiel</translation>
    </message>
    <message>
        <source>curl command</source>
        <translation>curl-Befehl</translation>
    </message>
    <message>
        <source>Copy as Python</source>
        <translation>Als Python kopieren</translation>
    </message>
    <message>
        <source>Python code</source>
        <translation>Python-Code</translation>
    </message>
    <message>
        <source>Start engine</source>
        <translation>Engine starten</translation>
    </message>
    <message>
        <source>Start engine on free ports</source>
        <translation>Engine auf freien Ports starten</translation>
    </message>
    <message>
        <source>Try to connect again</source>
        <translation>Erneut verbinden</translation>
    </message>
    <message>
        <source>Stop engine…</source>
        <translation>Engine beenden …</translation>
    </message>
    <message>
        <source>asks first</source>
        <translation>fragt vorher</translation>
    </message>
    <message>
        <source>shut down quit exit</source>
        <translation>stoppen herunterfahren anhalten schließen stop shutdown</translation>
    </message>
    <message>
        <source>Restart engine…</source>
        <translation>Engine neu starten …</translation>
    </message>
    <message>
        <source>reboot</source>
        <translation>Neustart reboot restart</translation>
    </message>
    <message>
        <source>Start sample load</source>
        <translation>Beispiellast starten</translation>
    </message>
    <message>
        <source>simulated clients send requests</source>
        <translation>simulierte Clients senden Anfragen</translation>
    </message>
    <message>
        <source>Stop sample load</source>
        <translation>Beispiellast beenden</translation>
    </message>
    <message>
        <source>Restart sample load</source>
        <translation>Beispiellast neu starten</translation>
    </message>
    <message>
        <source>Ask about the engine when closing</source>
        <translation>Beim Schließen nach der Engine fragen</translation>
    </message>
    <message>
        <source>currently: keep running</source>
        <translation>derzeit: weiterlaufen lassen</translation>
    </message>
    <message>
        <source>currently: stop</source>
        <translation>derzeit: beenden</translation>
    </message>
    <message>
        <source>The console asks again when it is closed</source>
        <translation>Die Konsole fragt beim Schließen wieder</translation>
    </message>
    <message>
        <source>model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>Unload %1</source>
        <translation>%1 entladen</translation>
    </message>
    <message>
        <source>%1 is being unloaded</source>
        <translation>%1 wird entladen</translation>
    </message>
    <message>
        <source>Load %1</source>
        <translation>%1 laden</translation>
    </message>
    <message>
        <source>%1 is being loaded</source>
        <translation>%1 wird geladen</translation>
    </message>
    <message>
        <source>Pin %1</source>
        <translation>%1 anheften</translation>
    </message>
    <message>
        <source>Unpin %1</source>
        <translation>%1 lösen</translation>
    </message>
    <message>
        <source>keep it in memory</source>
        <translation>im Speicher halten</translation>
    </message>
    <message>
        <source>%1 is pinned</source>
        <translation>%1 ist angeheftet</translation>
    </message>
    <message>
        <source>%1 is no longer pinned</source>
        <translation>%1 ist nicht mehr angeheftet</translation>
    </message>
    <message>
        <source>connections and health</source>
        <translation>Verbindungen und Zustand</translation>
    </message>
    <message>
        <source>backend</source>
        <translation>Backend</translation>
    </message>
    <message>
        <source>Probe %1</source>
        <translation>%1 prüfen</translation>
    </message>
    <message>
        <source>health check now</source>
        <translation>Zustand jetzt prüfen</translation>
    </message>
    <message>
        <source>%1 is healthy: answered in %2</source>
        <translation>%1 ist in Ordnung: Antwort nach %2</translation>
    </message>
    <message>
        <source>%1 is unhealthy: %2</source>
        <translation>%1 ist gestört: %2</translation>
    </message>
    <message>
        <source>Resume %1</source>
        <translation>%1 fortsetzen</translation>
    </message>
    <message>
        <source>takes requests again</source>
        <translation>nimmt wieder Anfragen an</translation>
    </message>
    <message>
        <source>%1 takes requests again</source>
        <translation>%1 nimmt wieder Anfragen an</translation>
    </message>
    <message>
        <source>Drain %1</source>
        <translation>%1 auslaufen lassen</translation>
    </message>
    <message>
        <source>takes no new requests</source>
        <translation>nimmt keine neuen Anfragen an</translation>
    </message>
    <message>
        <source>%1 is draining</source>
        <translation>%1 läuft aus</translation>
    </message>
    <message>
        <source>Evict idle connections of %1</source>
        <translation>Freie Verbindungen von %1 schließen</translation>
    </message>
    <message>
        <source>Idle connections of %1 closed</source>
        <translation>Freie Verbindungen von %1 geschlossen</translation>
    </message>
    <message>
        <source>setting</source>
        <translation>Einstellung</translation>
    </message>
</context>
<context>
    <name>millrace::desktop::RequestList</name>
    <message>
        <source>the engine exited</source>
        <translation>die Engine hat sich beendet</translation>
    </message>
    <message>
        <source>receiving</source>
        <translation>Empfang</translation>
    </message>
    <message>
        <source>processing</source>
        <translation>in Arbeit</translation>
    </message>
    <message>
        <source>queued</source>
        <translation>wartend</translation>
    </message>
    <message>
        <source>waiting for model</source>
        <translation>wartet auf Modell</translation>
    </message>
    <message>
        <source>batching</source>
        <translation>Batchbildung</translation>
    </message>
    <message>
        <source>connecting</source>
        <translation>im Aufbau</translation>
    </message>
    <message>
        <source>running</source>
        <translation>läuft</translation>
    </message>
    <message>
        <source>streaming</source>
        <translation>Streaming</translation>
    </message>
    <message>
        <source>failed %1</source>
        <translation>Fehler %1</translation>
    </message>
    <message numerus="yes">
        <source>%Ln event(s)</source>
        <translation>
            <numerusform>%Ln Event</numerusform>
            <numerusform>%Ln Events</numerusform>
        </translation>
    </message>
    <message>
        <source>reused</source>
        <translation>erneut</translation>
    </message>
    <message>
        <source>new</source>
        <translation>neu</translation>
    </message>
    <message>
        <source>done</source>
        <translation>fertig</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>fehlgeschlagen</translation>
    </message>
    <message>
        <source>cancelled</source>
        <translation>abgebrochen</translation>
    </message>
    <message>
        <source>refused %1</source>
        <translation>abgewiesen %1</translation>
    </message>
    <message>
        <source>rejected %1</source>
        <translation>zurückgewiesen %1</translation>
    </message>
    <message>
        <source>refused</source>
        <translation>abgewiesen</translation>
    </message>
    <message>
        <source>rejected</source>
        <translation>zurückgewiesen</translation>
    </message>
    <message>
        <source>client reads</source>
        <translation>Client liest</translation>
    </message>
</context>
<context>
    <name>millrace::desktop::RequestsViewModel</name>
    <message>
        <source>%1 of %2</source>
        <translation>%1 von %2</translation>
    </message>
    <message>
        <source>frozen</source>
        <translation>angehalten</translation>
    </message>
    <message>
        <source>frozen · %1 newer</source>
        <translation>angehalten · %1 neuere</translation>
    </message>
    <message>
        <source>%1, %2 so far</source>
        <translation>%1, bisher %2</translation>
    </message>
    <message>
        <source>%1 after %2</source>
        <translation>%1 nach %2</translation>
    </message>
    <message>
        <source>The request was not cancelled: %1</source>
        <translation>Die Anfrage wurde nicht abgebrochen: %1</translation>
    </message>
    <message>
        <source>Request cancelled</source>
        <translation>Anfrage abgebrochen</translation>
    </message>
    <message>
        <source>The request was already over</source>
        <translation>Die Anfrage war schon beendet</translation>
    </message>
    <message>
        <source>latest %1, going back %2</source>
        <translation>letzte %1, zurück bis vor %2</translation>
    </message>
    <message>
        <source>%1 until then</source>
        <translation>%1 bis dahin</translation>
    </message>
    <message>
        <source>%1 in flight</source>
        <translation>%1 laufend</translation>
    </message>
    <message>
        <source>Raise the memory for models</source>
        <translation>Speicher für Modelle erhöhen</translation>
    </message>
    <message>
        <source>Raise the limit of requests in flight</source>
        <translation>Grenze laufender Anfragen erhöhen</translation>
    </message>
    <message>
        <source>Shorten the batch timeout</source>
        <translation>Batch-Zeitlimit verkürzen</translation>
    </message>
    <message>
        <source>Raise the limit of connections</source>
        <translation>Grenze der Verbindungen erhöhen</translation>
    </message>
    <message>
        <source>Open the limit</source>
        <translation>Grenze öffnen</translation>
    </message>
    <message>
        <source>No requests of clients</source>
        <translation>Keine Anfragen von Clients</translation>
    </message>
    <message>
        <source>Requests of that time are not listed</source>
        <translation>Anfragen aus dieser Zeit sind nicht aufgelistet</translation>
    </message>
    <message>
        <source>There are only the console&apos;s own requests, which are hidden.</source>
        <translation>Es gibt nur eigene Anfragen der Konsole, und die sind ausgeblendet.</translation>
    </message>
    <message>
        <source>The list goes back to %1.</source>
        <translation>Die Liste reicht bis %1 zurück.</translation>
    </message>
</context>
<context>
    <name>millrace::desktop::RevisionsViewModel</name>
    <message>
        <source>Revision %1 is kept: %2</source>
        <translation>Revision %1 bleibt: %2</translation>
    </message>
    <message>
        <source>Revision %1 was reverted: %2</source>
        <translation>Revision %1 wurde zurückgenommen: %2</translation>
    </message>
    <message>
        <source>Revision %1 made things worse and is still active: %2</source>
        <translation>Revision %1 hat die Lage verschlechtert und ist noch aktiv: %2</translation>
    </message>
    <message>
        <source>Revision %1 could not be evaluated and stays active: %2</source>
        <translation>Revision %1 konnte nicht bewertet werden und bleibt aktiv: %2</translation>
    </message>
    <message>
        <source>Measuring revision %1: evaluating</source>
        <translation>Revision %1 wird gemessen: Auswertung</translation>
    </message>
    <message>
        <source>Measuring revision %1: %2 of %3 requests, at most %4 s more</source>
        <translation>Revision %1 wird gemessen: %2 von %3 Anfragen, höchstens noch %4 s</translation>
    </message>
    <message>
        <source>Measuring revision %1: %2 s left</source>
        <translation>Revision %1 wird gemessen: noch %2 s</translation>
    </message>
    <message>
        <source>no difference</source>
        <translation>kein Unterschied</translation>
    </message>
    <message>
        <source>backend %1 added</source>
        <translation>Backend %1 hinzugefügt</translation>
    </message>
    <message>
        <source>backend %1 removed</source>
        <translation>Backend %1 entfernt</translation>
    </message>
    <message>
        <source>guarded, measuring</source>
        <translation>abgesichert, wird gemessen</translation>
    </message>
    <message>
        <source>kept: %1</source>
        <translation>behalten: %1</translation>
    </message>
    <message>
        <source>reverted: %1</source>
        <translation>zurückgenommen: %1</translation>
    </message>
    <message>
        <source>worse, still active: %1</source>
        <translation>schlechter, noch aktiv: %1</translation>
    </message>
    <message>
        <source>not evaluated: %1</source>
        <translation>nicht bewertet: %1</translation>
    </message>
    <message>
        <source>± %1 normal variation</source>
        <translation>± %1 übliche Schwankung</translation>
    </message>
    <message>
        <source>Effect of revision %1</source>
        <translation>Wirkung von Revision %1</translation>
    </message>
    <message>
        <source>Too few samples to tell a change from normal variation.</source>
        <translation>Zu wenige Messwerte, um eine Änderung von der üblichen Schwankung zu unterscheiden.</translation>
    </message>
    <message>
        <source>Another revision followed before it was measured.</source>
        <translation>Eine weitere Revision folgte, bevor sie gemessen war.</translation>
    </message>
    <message>
        <source>Mean of a minute: %1 s left</source>
        <translation>Mittel einer Minute: noch %1 s</translation>
    </message>
    <message>
        <source>Mean of a minute: almost done</source>
        <translation>Mittel einer Minute: fast fertig</translation>
    </message>
    <message>
        <source>Not measured: there was no traffic, or the engine was stopped.</source>
        <translation>Nicht gemessen: Es gab keinen Verkehr, oder die Engine wurde beendet.</translation>
    </message>
    <message>
        <source>%1 s before: %2</source>
        <translation>%1 s vorher: %2</translation>
    </message>
    <message>
        <source>%1 s after: %2</source>
        <translation>%1 s nachher: %2</translation>
    </message>
    <message>
        <source>reverts revision %1: %2</source>
        <translation>nimmt Revision %1 zurück: %2</translation>
    </message>
    <message>
        <source>console</source>
        <translation>Konsole</translation>
    </message>
    <message>
        <source>command line</source>
        <translation>Kommandozeile</translation>
    </message>
    <message>
        <source>configuration file</source>
        <translation>Konfigurationsdatei</translation>
    </message>
    <message>
        <source>guard</source>
        <translation>Absicherung</translation>
    </message>
    <message>
        <source>Mean %1 before, %2 in the %3 s since</source>
        <translation>Mittel %1 vorher, %2 in den %3 s seitdem</translation>
    </message>
    <message>
        <source>Mean %1 before, %2 after</source>
        <translation>Mittel %1 vorher, %2 nachher</translation>
    </message>
</context>
<context>
    <name>millrace::desktop::SampleLoad</name>
    <message>
        <source>Sample load is running: simulated clients send requests to %1.</source>
        <translation>Beispiellast läuft: Simulierte Clients senden Anfragen an %1.</translation>
    </message>
    <message>
        <source>The sample load ended: %1</source>
        <translation>Die Beispiellast endete: %1</translation>
    </message>
    <message>
        <source>No request has been served yet. A sample load shows the engine at work.</source>
        <translation>Noch keine Anfrage beantwortet. Eine Beispiellast zeigt, was die Engine kann.</translation>
    </message>
    <message>
        <source>No request has been served yet.</source>
        <translation>Noch keine Anfrage beantwortet.</translation>
    </message>
    <message>
        <source>The sample load is waiting for the engine.</source>
        <translation>Die Beispiellast wartet auf die Engine.</translation>
    </message>
    <message>
        <source>The sample load is running, but no model is available to answer it.</source>
        <translation>Die Beispiellast läuft, aber kein Modell ist verfügbar, das ihr antwortet.</translation>
    </message>
    <message>
        <source>No request has been served yet: no model is available.</source>
        <translation>Es wurde noch keine Anfrage bedient: Kein Modell ist verfügbar.</translation>
    </message>
</context>
<context>
    <name>millrace::desktop::Session</name>
    <message>
        <source>as of %1</source>
        <translation>Stand %1</translation>
    </message>
    <message>
        <source>Not connected to the engine: nothing can be changed right now.</source>
        <translation>Nicht mit der Engine verbunden: Zurzeit kann nichts geändert werden.</translation>
    </message>
</context>
<context>
    <name>millrace::desktop::SettingsViewModel</name>
    <message>
        <source>Imported: see the pending changes</source>
        <translation>Importiert: siehe ausstehende Änderungen</translation>
    </message>
    <message>
        <source>The settings could not be loaded: %1</source>
        <translation>Die Einstellungen konnten nicht geladen werden: %1</translation>
    </message>
    <message>
        <source>Another client removed %1 in the meantime: edits to it were dropped, all others are still pending.</source>
        <translation>Ein anderer Client hat %1 inzwischen entfernt: Änderungen daran wurden verworfen, alle übrigen stehen noch aus.</translation>
    </message>
    <message>
        <source>There are %1 backends already.</source>
        <translation>Es gibt schon %1 Backends.</translation>
    </message>
    <message>
        <source>The engine could not validate the changes: %1</source>
        <translation>Die Engine konnte die Änderungen nicht prüfen: %1</translation>
    </message>
    <message>
        <source>Another client changed the settings in the meantime. Your changes are still pending: check the difference and apply again.</source>
        <translation>Ein anderer Client hat die Einstellungen inzwischen geändert. Ihre Änderungen stehen noch aus: Prüfen Sie den Unterschied und wenden Sie sie erneut an.</translation>
    </message>
    <message>
        <source>No changes are pending.</source>
        <translation>Keine ausstehenden Änderungen.</translation>
    </message>
    <message numerus="yes">
        <source>%Ln setting(s) cannot be applied as entered.</source>
        <translation>
            <numerusform>%Ln Einstellung kann so nicht angewendet werden.</numerusform>
            <numerusform>%Ln Einstellungen können so nicht angewendet werden.</numerusform>
        </translation>
    </message>
    <message>
        <source>The engine is validating the changes.</source>
        <translation>Die Engine prüft die Änderungen.</translation>
    </message>
    <message>
        <source>This configuration is already active.</source>
        <translation>Diese Konfiguration ist bereits aktiv.</translation>
    </message>
    <message>
        <source>Nothing was changed: %1</source>
        <translation>Nichts wurde geändert: %1</translation>
    </message>
    <message>
        <source>Nothing was changed: the engine found problems.</source>
        <translation>Nichts wurde geändert: Die Engine hat Probleme gefunden.</translation>
    </message>
    <message>
        <source>Revision %1 is active</source>
        <translation>Revision %1 ist aktiv</translation>
    </message>
    <message>
        <source>Undo revision %1</source>
        <translation>Revision %1 rückgängig machen</translation>
    </message>
    <message>
        <source>Nothing was rolled back: %1</source>
        <translation>Nichts wurde zurückgesetzt: %1</translation>
    </message>
    <message>
        <source>that configuration is already active</source>
        <translation>diese Konfiguration ist bereits aktiv</translation>
    </message>
    <message numerus="yes">
        <source>%Ln match(es)</source>
        <translation>
            <numerusform>%Ln Treffer</numerusform>
            <numerusform>%Ln Treffer</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>millrace::desktop::ShellViewModel</name>
    <message>
        <source>There is no model to call yet</source>
        <translation>Noch kein Modell zum Aufrufen</translation>
    </message>
    <message>
        <source>%1 copied</source>
        <translation>%1 kopiert</translation>
    </message>
    <message>
        <source>Saved %1</source>
        <translation>%1 gespeichert</translation>
    </message>
    <message>
        <source>Could not write %1</source>
        <translation>%1 konnte nicht geschrieben werden</translation>
    </message>
    <message>
        <source>Show where it comes from: %1</source>
        <translation>Zeigen, woher es kommt: %1</translation>
    </message>
    <message>
        <source>Show it on this page</source>
        <translation>Auf dieser Seite zeigen</translation>
    </message>
</context>
<context>
    <name>millrace::desktop::StreamsViewModel</name>
    <message>
        <source>client is not reading · %1</source>
        <translation>Client liest nicht · %1</translation>
    </message>
    <message>
        <source>buffer limit reached · %1</source>
        <translation>Puffergrenze erreicht · %1</translation>
    </message>
    <message>
        <source>paused %1</source>
        <translation>angehalten %1</translation>
    </message>
    <message>
        <source>waiting for the first byte · %1</source>
        <translation>wartet auf das erste Byte · %1</translation>
    </message>
    <message>
        <source>finishing</source>
        <translation>endet</translation>
    </message>
    <message>
        <source>streaming</source>
        <translation>läuft</translation>
    </message>
    <message>
        <source>streaming · paused once</source>
        <translation>läuft · einmal angehalten</translation>
    </message>
    <message>
        <source>streaming · paused %1 times</source>
        <translation>läuft · %1-mal angehalten</translation>
    </message>
    <message>
        <source>Streams</source>
        <translation>Streams</translation>
    </message>
    <message>
        <source>open</source>
        <translation>offen</translation>
    </message>
    <message>
        <source>%1 of them paused</source>
        <translation>davon %1 angehalten</translation>
    </message>
    <message>
        <source>none paused</source>
        <translation>keiner angehalten</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>Gesendet</translation>
    </message>
    <message>
        <source>nothing sent at the moment</source>
        <translation>derzeit wird nichts gesendet</translation>
    </message>
    <message>
        <source>Buffered</source>
        <translation>Gepuffert</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 von %2</translation>
    </message>
    <message>
        <source>pauses at %1</source>
        <translation>Pause ab %1</translation>
    </message>
    <message>
        <source>Backpressure</source>
        <translation>Rückstau</translation>
    </message>
    <message>
        <source>%1 of chunks</source>
        <translation>%1 Chunks</translation>
    </message>
    <message>
        <source>goal ≤ %1</source>
        <translation>Ziel ≤ %1</translation>
    </message>
    <message>
        <source>Time to first byte</source>
        <translation>Erstes Byte</translation>
    </message>
    <message>
        <source>%1 p50</source>
        <translation>%1 p50</translation>
    </message>
    <message>
        <source>p99 %1</source>
        <translation>p99 %1</translation>
    </message>
    <message>
        <source>Compression</source>
        <translation>Kompression</translation>
    </message>
    <message>
        <source>saves %1 of what is compressed</source>
        <translation>%1 gespart</translation>
    </message>
    <message>
        <source>nothing compressed at the moment</source>
        <translation>derzeit wird nichts komprimiert</translation>
    </message>
    <message>
        <source>unnamed</source>
        <translation>ohne Namen</translation>
    </message>
    <message>
        <source>%1 events/s</source>
        <translation>%1 Events/s</translation>
    </message>
    <message>
        <source>per event</source>
        <translation>je Event</translation>
    </message>
    <message>
        <source>The stream was not cancelled: %1</source>
        <translation>Der Stream wurde nicht abgebrochen: %1</translation>
    </message>
    <message>
        <source>Stream cancelled</source>
        <translation>Stream abgebrochen</translation>
    </message>
    <message>
        <source>The stream had ended</source>
        <translation>Der Stream war schon beendet</translation>
    </message>
    <message>
        <source>%1 paused its streams for %2</source>
        <translation>%1 hielt seine Streams %2 lang an</translation>
    </message>
    <message>
        <source>%1 of %2 paused by clients</source>
        <translation>%1 von %2 vom Client angehalten</translation>
    </message>
    <message>
        <source>%1 open</source>
        <translation>%1 offen</translation>
    </message>
    <message>
        <source>%1 / chunk</source>
        <translation>%1 / Chunk</translation>
    </message>
</context>
<context>
    <name>millrace::desktop::TimePlot</name>
    <message>
        <source>per second</source>
        <translation>je Sekunde</translation>
    </message>
    <message>
        <source>milliseconds, logarithmic</source>
        <translation>Millisekunden, logarithmisch</translation>
    </message>
    <message>
        <source>milliseconds</source>
        <translation>Millisekunden</translation>
    </message>
    <message>
        <source>bytes</source>
        <translation>Bytes</translation>
    </message>
    <message>
        <source>bytes per second</source>
        <translation>Bytes je Sekunde</translation>
    </message>
    <message>
        <source>percent</source>
        <translation>Prozent</translation>
    </message>
    <message>
        <source>ratio</source>
        <translation>Verhältnis</translation>
    </message>
    <message>
        <source>rows</source>
        <translation>Zeilen</translation>
    </message>
    <message>
        <source>cores</source>
        <translation>Kerne</translation>
    </message>
    <message>
        <source>number</source>
        <translation>Anzahl</translation>
    </message>
    <message>
        <source>%1 %2, between %3 and %4</source>
        <translation>%1 %2, zwischen %3 und %4</translation>
    </message>
    <message>
        <source>loading the history …</source>
        <translation>Verlauf wird geladen …</translation>
    </message>
    <message>
        <source>The history could not be loaded: %1</source>
        <translation>Der Verlauf konnte nicht geladen werden: %1</translation>
    </message>
    <message>
        <source>nothing measured in this window</source>
        <translation>in diesem Zeitraum wurde nichts gemessen</translation>
    </message>
    <message>
        <source>means of %1</source>
        <translation>Mittel über %1</translation>
    </message>
</context>
<context>
    <name>millrace::desktop::TimeView</name>
    <message>
        <source>%1 shown</source>
        <translation>%1 gezeigt</translation>
    </message>
    <message>
        <source>Last 30 s</source>
        <translation>Letzte 30 s</translation>
    </message>
    <message>
        <source>Last 1 min</source>
        <translation>Letzte Minute</translation>
    </message>
    <message>
        <source>Last 5 min</source>
        <translation>Letzte 5 min</translation>
    </message>
    <message>
        <source>Last 15 min</source>
        <translation>Letzte 15 min</translation>
    </message>
    <message>
        <source>Last 30 min</source>
        <translation>Letzte 30 min</translation>
    </message>
    <message>
        <source>Last 60 min</source>
        <translation>Letzte 60 min</translation>
    </message>
    <message>
        <source>Last day</source>
        <translation>Letzter Tag</translation>
    </message>
    <message>
        <source>Last week</source>
        <translation>Letzte Woche</translation>
    </message>
    <message>
        <source>Last month</source>
        <translation>Letzter Monat</translation>
    </message>
    <message>
        <source>Live</source>
        <translation>Live</translation>
    </message>
    <message>
        <source>until %1 · %2</source>
        <translation>bis %1 · %2</translation>
    </message>
    <message>
        <source>A %1</source>
        <translation>A %1</translation>
    </message>
    <message>
        <source>%1 · B %2 · Δ %3</source>
        <translation>%1 · B %2 · Δ %3</translation>
    </message>
    <message>
        <source>until %1</source>
        <translation>bis %1</translation>
    </message>
</context>
</TS>
