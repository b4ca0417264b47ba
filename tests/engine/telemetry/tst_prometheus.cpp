// SPDX-License-Identifier: GPL-3.0-or-later
#include "telemetry/process.h"
#include "telemetry/prometheus.h"

#include <QProcess>
#include <QStandardPaths>
#include <QTest>

using namespace millrace;

class TestPrometheus : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void writesEveryKind()
    {
        Registry registry;
        registry.counter("millrace_requests_total", "Requests", {{"outcome", "ok"}}).add(5);
        registry.gauge("millrace_batch_queue", "Waiting").set(2.5);
        auto& histogram = registry.histogram("millrace_batch_rows", "Rows", {1, 2, 4});
        histogram.observe(1);
        histogram.observe(3);
        histogram.observe(100);
        const QString text = QString::fromStdString(telemetry::prometheusText(registry));
        const QStringList lines = text.split('\n');
        for (const char* line : {"# HELP millrace_requests_total Requests", "# TYPE millrace_requests_total counter",
                                 "millrace_requests_total{outcome=\"ok\"} 5", "# TYPE millrace_batch_queue gauge",
                                 "millrace_batch_queue 2.5", "# TYPE millrace_batch_rows histogram",
                                 "millrace_batch_rows_count 3", "millrace_batch_rows_sum 104",
                                 "millrace_batch_rows_bucket{le=\"1\"} 1", "millrace_batch_rows_bucket{le=\"2\"} 1",
                                 "millrace_batch_rows_bucket{le=\"4\"} 2", "millrace_batch_rows_bucket{le=\"+Inf\"} 3"})
            QVERIFY2(lines.contains(line), qPrintable(QString(line) + "\n\n" + text));
        QCOMPARE(text.count("le=\"+Inf\""), 1);
    }

    void labelsAreEscaped()
    {
        Registry registry;
        registry.counter("millrace_events_total", "Events", {{"severity", "a\"b\\c\nd"}}).add();
        const QString text = QString::fromStdString(telemetry::prometheusText(registry));
        QVERIFY2(text.contains("severity=\"a\\\"b\\\\c\\nd\""), qPrintable(text));
    }

    void runningSumsAreCounters()
    {
        Registry registry;
        telemetry::publishProcess(registry, ownUsage());
        const QString text = QString::fromStdString(telemetry::prometheusText(registry));
        QVERIFY(text.contains("# TYPE process_cpu_seconds_total counter"));
        QVERIFY(text.contains("# TYPE process_resident_memory_bytes gauge"));
    }

    void promtoolAccepts()
    {
        const QString promtool = QStandardPaths::findExecutable("promtool");
        QVERIFY2(!promtool.isEmpty(), "promtool is missing (package prometheus)");
        Registry registry;
        registry.counter("millrace_requests_total", "Requests", {{"route", "chat"}, {"outcome", "ok"}}).add(5);
        registry.gauge("millrace_pool_size_max", "Cap", {{"backend", "x y"}}).set(100);
        registry.histogram("millrace_request_duration_seconds", "Latency", buckets::latencySeconds()).observe(0.01);
        registry.histogram("millrace_batch_rows", "Rows", buckets::rows()).observe(10);
        telemetry::publishProcess(registry, ownUsage());
        QProcess check;
        check.start(promtool, {"check", "metrics"});
        check.write(QByteArray::fromStdString(telemetry::prometheusText(registry)));
        check.closeWriteChannel();
        QVERIFY(check.waitForFinished());
        const QByteArray said = check.readAllStandardOutput() + check.readAllStandardError();
        QVERIFY2(check.exitCode() == 0, said.constData());
    }
};

QTEST_GUILESS_MAIN(TestPrometheus)
#include "tst_prometheus.moc"
