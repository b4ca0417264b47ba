<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en_US" sourcelanguage="en_US">
<context>
    <name>BackendTests</name>
    <message numerus="yes">
        <source>%Ln model(s): </source>
        <translation>
            <numerusform>%Ln model: </numerusform>
            <numerusform>%Ln models: </numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Health</name>
    <message numerus="yes">
        <source>%Ln draining</source>
        <translation>
            <numerusform>%Ln draining</numerusform>
            <numerusform>%Ln draining</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln unhealthy</source>
        <translation>
            <numerusform>%Ln unhealthy</numerusform>
            <numerusform>%Ln unhealthy</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln disabled</source>
        <translation>
            <numerusform>%Ln disabled</numerusform>
            <numerusform>%Ln disabled</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln model(s) failed to load</source>
        <translation>
            <numerusform>%Ln model failed to load</numerusform>
            <numerusform>%Ln models failed to load</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln model(s)</source>
        <translation>
            <numerusform>%Ln model</numerusform>
            <numerusform>%Ln models</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln batch queue(s)</source>
        <translation>
            <numerusform>%Ln batch queue</numerusform>
            <numerusform>%Ln batch queues</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln stream(s)</source>
        <translation>
            <numerusform>%Ln stream</numerusform>
            <numerusform>%Ln streams</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln connection(s)</source>
        <translation>
            <numerusform>%Ln connection</numerusform>
            <numerusform>%Ln connections</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The engine is stopping: %Ln request(s) may finish, new ones are refused.</source>
        <translation>
            <numerusform>The engine is stopping: %Ln request may finish, new ones are refused.</numerusform>
            <numerusform>The engine is stopping: %Ln requests may finish, new ones are refused.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln request(s) in flight, and no backend has sent anything for %1 s.</source>
        <translation>
            <numerusform>%Ln request in flight, and no backend has sent anything for %1 s.</numerusform>
            <numerusform>%Ln requests in flight, and no backend has sent anything for %1 s.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Phrases</name>
    <message numerus="yes">
        <source>%Ln row(s)</source>
        <translation>
            <numerusform>%Ln row</numerusform>
            <numerusform>%Ln rows</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln request(s)</source>
        <translation>
            <numerusform>%Ln request</numerusform>
            <numerusform>%Ln requests</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln batch(es)</source>
        <translation>
            <numerusform>%Ln batch</numerusform>
            <numerusform>%Ln batches</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln model(s)</source>
        <translation>
            <numerusform>%Ln model</numerusform>
            <numerusform>%Ln models</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln connection(s)</source>
        <translation>
            <numerusform>%Ln connection</numerusform>
            <numerusform>%Ln connections</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln failure(s)</source>
        <translation>
            <numerusform>%Ln failure</numerusform>
            <numerusform>%Ln failures</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln time(s)</source>
        <translation>
            <numerusform>%Ln time</numerusform>
            <numerusform>%Ln times</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln event(s)</source>
        <translation>
            <numerusform>%Ln event</numerusform>
            <numerusform>%Ln events</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln stream(s)</source>
        <translation>
            <numerusform>%Ln stream</numerusform>
            <numerusform>%Ln streams</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>millrace::desktop::BatchesViewModel</name>
    <message numerus="yes">
        <source>%Ln row(s)</source>
        <translation>
            <numerusform>%Ln row</numerusform>
            <numerusform>%Ln rows</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln unused queue(s) not listed</source>
        <translation>
            <numerusform>%Ln unused queue not listed</numerusform>
            <numerusform>%Ln unused queues not listed</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1: %Ln batch(es)</source>
        <translation>
            <numerusform>%1: %Ln batch</numerusform>
            <numerusform>%1: %Ln batches</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>millrace::desktop::ConnectionsViewModel</name>
    <message numerus="yes">
        <source> · %Ln call(s) in flight</source>
        <translation>
            <numerusform> · %Ln call in flight</numerusform>
            <numerusform> · %Ln calls in flight</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln idle connection(s) closed</source>
        <translation>
            <numerusform>%Ln idle connection closed</numerusform>
            <numerusform>%Ln idle connections closed</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>millrace::desktop::EngineViewModel</name>
    <message numerus="yes">
        <source>%Ln request(s) in flight</source>
        <translation>
            <numerusform>%Ln request in flight</numerusform>
            <numerusform>%Ln requests in flight</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln of them streaming</source>
        <translation>
            <numerusform>%Ln of them streaming</numerusform>
            <numerusform>%Ln of them streaming</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>millrace::desktop::EventsViewModel</name>
    <message numerus="yes">
        <source>%Ln warning(s) and error(s) since this page was last open</source>
        <translation>
            <numerusform>%Ln warning or error since this page was last open</numerusform>
            <numerusform>%Ln warnings and errors since this page was last open</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>millrace::desktop::ModelsViewModel</name>
    <message numerus="yes">
        <source>Unloading %Ln idle model(s)</source>
        <translation>
            <numerusform>Unloading %Ln idle model</numerusform>
            <numerusform>Unloading %Ln idle models</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>millrace::desktop::RequestList</name>
    <message numerus="yes">
        <source>%Ln event(s)</source>
        <translation>
            <numerusform>%Ln event</numerusform>
            <numerusform>%Ln events</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>millrace::desktop::SettingsViewModel</name>
    <message numerus="yes">
        <source>%Ln setting(s) cannot be applied as entered.</source>
        <translation>
            <numerusform>%Ln setting cannot be applied as entered.</numerusform>
            <numerusform>%Ln settings cannot be applied as entered.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln match(es)</source>
        <translation>
            <numerusform>%Ln match</numerusform>
            <numerusform>%Ln matches</numerusform>
        </translation>
    </message>
</context>
</TS>
