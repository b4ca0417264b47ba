// SPDX-License-Identifier: GPL-3.0-or-later
#include "series.pb.h"
#include "support/document_table.h"
#include "telemetry/recent_answers.h"
#include "telemetry/recorder.h"
#include "telemetry/sampler.h"

#include <QFile>
#include <QRegularExpression>
#include <QTest>

#include <cmath>

using namespace millrace;
using telemetry::Sample;
using telemetry::Sampler;

namespace {

constexpr double kAbsent = -12345;
const TimePoint kStart = TimePoint{} + 1h;

double valueOf(const Sample& sample, const QString& name)
{
    const auto found = sample.values.find(name.toStdString());
    return found == sample.values.end() ? kAbsent : found->second;
}

/// Every metric that a series is made of, with the labels that matter.
struct Engine {
    Registry registry;

    Counter& count(const char* name, const Labels& labels = {}) { return registry.counter(name, "test", labels); }
    Gauge& gauge(const char* name, const Labels& labels = {}) { return registry.gauge(name, "test", labels); }
    Histogram& seconds(const char* name, const Labels& labels = {})
    {
        return registry.histogram(name, "test", buckets::latencySeconds(), labels);
    }

    void declare()
    {
        for (const char* outcome : {"ok", "failed", "cancelled", "refused", "rejected"})
            count("millrace_requests_total", {{"route", "chat"}, {"outcome", outcome}});
        count("millrace_requests_offered_total");
        for (const char* name :
             {"millrace_requests_in_flight", "millrace_pool_waiters", "millrace_batch_in_flight",
              "millrace_batch_queue", "millrace_load_queue", "millrace_load_loading", "millrace_load_resident_models",
              "millrace_load_resident_bytes", "millrace_stream_buffered_bytes", "process_resident_memory_bytes",
              "millrace_engine_anonymous_bytes", "process_cpu_seconds_total",
              "millrace_engine_busy_poll_seconds_total"})
            gauge(name);
        for (const char* name :
             {"millrace_time_to_first_byte_seconds", "millrace_pool_create_seconds", "millrace_pool_wait_seconds",
              "millrace_pool_health_seconds", "millrace_batch_wait_seconds", "millrace_batch_run_seconds",
              "millrace_load_seconds", "millrace_stream_gap_seconds", "millrace_engine_loop_lag_seconds"})
            seconds(name);
        for (const char* kind : {"tensor", "embedding", "generation", "other"})
            for (const char* name : {"millrace_request_duration_seconds", "millrace_added_seconds"})
                seconds(name, {{"class", kind}});
        registry.histogram("millrace_stream_chunk_bytes", "test", buckets::bytes());
        for (const char* state : {"active", "idle", "connecting", "draining"})
            gauge("millrace_pool_connections", {{"backend", "b"}, {"state", state}});
        for (const char* name :
             {"millrace_pool_connections_created_total", "millrace_pool_connections_reused_total",
              "millrace_pool_acquired_total", "millrace_load_lru_warm_total", "millrace_stream_chunks_sent_total",
              "millrace_stream_events_total", "millrace_stream_bytes_in_total", "millrace_stream_bytes_out_total",
              "millrace_stream_compressed_raw_bytes_total", "millrace_stream_compressed_sent_bytes_total"})
            count(name);
        for (const char* reason : {"full", "idle", "timeout"})
            count("millrace_batch_batches_total", {{"model", "m"}, {"reason", reason}});
        count("millrace_batch_rows_total", {{"model", "m"}});
        gauge("millrace_batch_size_limit", {{"model", "m"}});
        count("millrace_load_loads_total", {{"cause", "demand"}, {"outcome", "ok"}});
        count("millrace_load_loads_total", {{"cause", "preload"}, {"outcome", "ok"}});
        for (const char* verdict : {"hit", "late", "wasted"})
            count("millrace_load_preloads_total", {{"verdict", verdict}});
        for (const char* result : {"top1", "top3", "miss"})
            for (const char* name : {"millrace_load_predictions_total", "millrace_load_change_predictions_total"})
                count(name, {{"result", result}});
        for (const char* warmth : {"warm", "cold"}) count("millrace_load_acquires_total", {{"warmth", warmth}});
        for (const char* state : {"streaming", "paused"}) gauge("millrace_stream_streams", {{"state", state}});
        for (const char* by : {"client", "limit"}) count("millrace_stream_pauses_total", {{"by", by}});
    }

    /// Two seconds of life.
    void live()
    {
        const auto requests = [this](const char* outcome) -> Counter& {
            return count("millrace_requests_total", {{"route", "chat"}, {"outcome", outcome}});
        };
        requests("ok").add(180);
        requests("failed").add(6);
        requests("refused").add(4);
        requests("rejected").add(2);
        requests("cancelled").add(10);
        count("millrace_requests_offered_total").add(210);
        gauge("millrace_requests_in_flight").set(10);
        const auto served = [this](const char* kind, int number, double took, double added) {
            for (int i = 0; i < number; ++i) {
                seconds("millrace_request_duration_seconds", {{"class", kind}}).observe(took);
                seconds("millrace_added_seconds", {{"class", kind}}).observe(added);
            }
        };
        served("tensor", 98, 0.010, 0.001);
        served("tensor", 2, 0.100, 0.001);
        served("embedding", 40, 0.020, 0.002);
        served("generation", 30, 5.0, 0.0004);
        served("other", 10, 30.0, 0.0004);
        for (int i = 0; i < 10; ++i) seconds("millrace_time_to_first_byte_seconds").observe(0.005);
        gauge("millrace_pool_connections", {{"backend", "b"}, {"state", "active"}}).set(7);
        gauge("millrace_pool_connections", {{"backend", "b"}, {"state", "idle"}}).set(3);
        gauge("millrace_pool_connections", {{"backend", "b"}, {"state", "connecting"}}).set(2);
        gauge("millrace_pool_connections", {{"backend", "b"}, {"state", "draining"}}).set(1);
        gauge("millrace_pool_waiters").set(4);
        count("millrace_pool_connections_created_total").add(8);
        count("millrace_pool_connections_reused_total").add(192);
        count("millrace_pool_acquired_total").add(200);
        seconds("millrace_pool_create_seconds").observe(0.002);
        seconds("millrace_pool_wait_seconds").observe(0.001);
        seconds("millrace_pool_health_seconds").observe(0.003);
        count("millrace_batch_batches_total", {{"model", "m"}, {"reason", "full"}}).add(2);
        count("millrace_batch_batches_total", {{"model", "m"}, {"reason", "idle"}}).add(1);
        count("millrace_batch_batches_total", {{"model", "m"}, {"reason", "timeout"}}).add(1);
        count("millrace_batch_rows_total", {{"model", "m"}}).add(400);
        count("millrace_batch_rows_total", {{"model", "other"}}).add(8);
        gauge("millrace_batch_size_limit", {{"model", "m"}}).set(128);
        gauge("millrace_batch_size_limit", {{"model", "other"}}).set(64);
        gauge("millrace_batch_queue").set(5);
        gauge("millrace_batch_in_flight").set(2);
        seconds("millrace_batch_wait_seconds").observe(0.020);
        seconds("millrace_batch_run_seconds").observe(0.004);
        count("millrace_load_loads_total", {{"cause", "demand"}, {"outcome", "ok"}}).add(2);
        count("millrace_load_loads_total", {{"cause", "preload"}, {"outcome", "ok"}}).add(8);
        count("millrace_load_preloads_total", {{"verdict", "hit"}}).add(6);
        count("millrace_load_preloads_total", {{"verdict", "wasted"}}).add(2);
        count("millrace_load_predictions_total", {{"result", "top1"}}).add(9);
        count("millrace_load_predictions_total", {{"result", "top3"}}).add(2);
        count("millrace_load_predictions_total", {{"result", "miss"}}).add(1);
        count("millrace_load_preloads_total", {{"verdict", "late"}}).add(1);
        count("millrace_load_change_predictions_total", {{"result", "top1"}}).add(3);
        count("millrace_load_change_predictions_total", {{"result", "miss"}}).add(2);
        count("millrace_load_acquires_total", {{"warmth", "warm"}}).add(15);
        count("millrace_load_acquires_total", {{"warmth", "cold"}}).add(5);
        count("millrace_load_lru_warm_total").add(12);
        gauge("millrace_load_queue").set(1);
        gauge("millrace_load_loading").set(3);
        gauge("millrace_load_resident_models").set(4);
        gauge("millrace_load_resident_bytes").set(1e6);
        seconds("millrace_load_seconds").observe(0.1);
        seconds("millrace_load_seconds").observe(0.3);
        gauge("millrace_stream_streams", {{"state", "streaming"}}).set(8);
        gauge("millrace_stream_streams", {{"state", "paused"}}).set(2);
        gauge("millrace_stream_buffered_bytes").set(5000);
        count("millrace_stream_chunks_sent_total").add(400);
        count("millrace_stream_events_total").add(60);  // bulk has chunks, and no events
        count("millrace_stream_bytes_in_total").add(4000);
        count("millrace_stream_bytes_out_total").add(2000);
        count("millrace_stream_pauses_total", {{"by", "client"}}).add(3);
        count("millrace_stream_pauses_total", {{"by", "limit"}}).add(1);
        registry.histogram("millrace_stream_chunk_bytes", "test", buckets::bytes()).observe(1000);
        registry.histogram("millrace_stream_chunk_bytes", "test", buckets::bytes()).observe(3000);
        seconds("millrace_stream_gap_seconds").observe(0.020);
        seconds("millrace_engine_loop_lag_seconds").observe(0.004);
        count("millrace_stream_compressed_raw_bytes_total").add(3000);
        count("millrace_stream_compressed_sent_bytes_total").add(1000);
        gauge("process_resident_memory_bytes").set(31e6);
        gauge("millrace_engine_anonymous_bytes").set(31e6);
        gauge("process_cpu_seconds_total").set(1.5);
        gauge("millrace_engine_busy_poll_seconds_total").set(1.75);
    }
};

}  // namespace

namespace {

/// Of the contract, in the order of its numbers' declaration.
QString seriesTable()
{
    QString table = "\n| series | title | unit | better | what |\n|---|---|---|---|---|\n";
    const auto lower = [](const std::string& name, qsizetype prefix) {
        return QString::fromStdString(name).mid(prefix).toLower().replace('_', ' ');
    };
    const auto* series = control::v1::Series_descriptor();
    for (int i = 1; i < series->value_count(); ++i) {
        const auto& words = series->value(i)->options().GetExtension(control::v1::words);
        const QStringList cells{
            "`" + lower(series->value(i)->name(), 7).replace(' ', '_') + "`", QString::fromStdString(words.title()),
            lower(control::v1::SeriesUnit_Name(words.unit()), 12),
            lower(control::v1::SeriesBetter_Name(words.better()), 14), QString::fromStdString(words.help())};
        table += "| " + cells.join(" | ") + " |\n";
    }
    return table + "\n";
}

}  // namespace

class TestSampler : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void derives_data()
    {
        QTest::addColumn<double>("expected");
        QTest::addColumn<double>("slack");  // share: quantiles are as wide as their bucket
        const auto row = [](const char* name, double expected, double slack = 1e-9) {
            QTest::newRow(name) << expected << slack;
        };
        row("offered_per_second", 105);
        row("served_per_second", 90);
        row("failed_per_second", 3);
        row("refused_per_second", 2);
        row("rejected_per_second", 1);
        row("error_share", 6.0 / 196);
        row("served_tensor_per_second", 50);
        row("served_embedding_per_second", 20);
        row("served_generation_per_second", 15);
        row("cancelled_per_second", 5);
        row("requests_in_flight", 10);
        row("latency_tensor_p50_ms", 10, 0.3);
        row("latency_tensor_p99_ms", 100, 0.3);
        row("latency_embedding_p50_ms", 20, 0.3);
        row("latency_embedding_p99_ms", 20, 0.3);
        row("latency_generation_p50_ms", 5000, 0.3);
        row("latency_generation_p99_ms", 5000, 0.3);
        row("added_p50_ms", 1, 0.3);
        row("added_p99_ms", 2, 0.3);
        row("added_tensor_p50_ms", 1, 0.3);
        row("added_tensor_p99_ms", 1, 0.3);
        row("added_embedding_p50_ms", 2, 0.3);
        row("added_embedding_p99_ms", 2, 0.3);
        row("added_generation_p50_ms", 0.4, 0.3);
        row("added_generation_p99_ms", 0.4, 0.3);
        row("first_byte_p50_ms", 5, 0.3);
        row("first_byte_p99_ms", 5, 0.3);
        row("memory_per_request_bytes", 1e6);
        row("connections_active", 7);
        row("connections_idle", 3);
        row("connections_connecting", 2);
        row("connections_open", 11);
        row("connection_reuse", 0.96);
        row("connections_created_per_second", 4);
        row("connection_create_p99_ms", 2, 0.3);
        row("connection_wait_p99_ms", 1, 0.3);
        row("health_p99_ms", 3, 0.3);
        row("connection_waiters", 4);
        row("batch_rows_average", 102);
        row("batches_per_second", 2);
        row("batch_rows_per_second", 204);
        row("batch_size_limit", 128);
        row("batch_wait_p99_ms", 20, 0.3);
        row("batch_run_p50_ms", 4, 0.3);
        row("batch_efficiency", 0.75);
        row("batch_queue", 5);
        row("batch_in_flight", 2);
        row("load_average_ms", 200);
        row("loads_per_second", 5);
        row("load_queue", 1);
        row("load_loading", 3);
        row("resident_models", 4);
        row("resident_bytes", 1e6);
        row("preload_hit_rate", 6.0 / 9);  // one came late, which used to be left out
        row("prediction_accuracy", 0.75);
        row("predicted_requests", 12);
        row("change_accuracy", 0.6);
        row("waited_loads", 3);
        row("lru_waited_loads", 8);
        row("warm_rate", 0.75);
        row("lru_warm_rate", 0.6);
        row("streams_open", 10);
        row("streams_paused", 2);
        row("stream_bytes_in_per_second", 2000);
        row("stream_bytes_out_per_second", 1000);
        row("stream_buffered_bytes", 5000);
        row("stream_chunk_bytes_average", 2000);
        row("stream_gap_p50_ms", 20, 0.3);
        row("stream_gap_p99_ms", 20, 0.3);
        row("stream_pauses_per_second", 2);
        row("backpressure_rate", 0.01);
        row("compression_ratio", 3);
        row("stream_events_per_second", 30);
        row("engine_resident_bytes", 31e6);
        row("engine_cpu_cores", 0.25);
        row("loop_lag_p99_ms", 4, 0.3);
        row("busy_poll_share", 0.75);
    }
    void derives()
    {
        QFETCH(double, expected);
        QFETCH(double, slack);
        Engine engine;
        engine.declare();
        engine.gauge("process_resident_memory_bytes").set(21e6);
        engine.gauge("millrace_engine_anonymous_bytes").set(21e6);
        engine.gauge("process_cpu_seconds_total").set(1.0);
        engine.gauge("millrace_engine_busy_poll_seconds_total").set(0.25);
        Sampler sampler(engine.registry);
        sampler.take(kStart, 1000);
        engine.live();
        const Sample sample = sampler.take(kStart + 2s, 3000);
        QCOMPARE(sample.timeMs, 3000);
        const double value = valueOf(sample, QTest::currentDataTag());
        QVERIFY2(value != kAbsent, "absent");
        QVERIFY2(std::abs(value - expected) <= std::abs(expected) * slack, qPrintable(QString::number(value, 'g', 12)));
    }

    void namesAreThoseOfTheDocument()
    {
        QFile file(MILLRACE_SOURCE_DIR "/engine/docs/metrics.md");
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QString text = QString::fromUtf8(file.readAll());
        const QString part = text.mid(text.indexOf("## Series derived once a second"));
        QStringList documented;
        for (auto found =
                 QRegularExpression("^\\| `([a-z0-9_]+)` ", QRegularExpression::MultilineOption).globalMatch(part);
             found.hasNext();)
            documented << found.next().captured(1);
        documented.sort();
        QVERIFY(documented.size() > 40);

        Engine engine;
        engine.declare();
        Sampler sampler(engine.registry);
        sampler.take(kStart, 1000);
        engine.live();
        QStringList made;
        for (const auto& [name, value] : sampler.take(kStart + 2s, 3000).values) made << QString::fromStdString(name);
        made.sort();
        QCOMPARE(made, documented);

        // The words of each, which console and millracectl show.
        QStringList declared;
        const auto* series = control::v1::Series_descriptor();
        for (int i = 1; i < series->value_count(); ++i) {
            const auto* value = series->value(i);
            declared << QString::fromStdString(value->name()).mid(7).toLower();
            QVERIFY2(value->options().HasExtension(control::v1::words), qPrintable(declared.back()));
            const auto& words = value->options().GetExtension(control::v1::words);
            QVERIFY2(!words.title().empty() && words.help().ends_with('.'), qPrintable(declared.back()));
        }
        declared.sort();
        QCOMPARE(declared, documented);
    }

    /// The document's table is made of the contract. MILLRACE_UPDATE_DOCS=1 writes it anew.
    void theDocumentHasTheTableOfSeries()
    {
        const QString table = seriesTable();
        QCOMPARE(testing::documentTable(MILLRACE_SOURCE_DIR "/engine/docs/metrics.md",
                                        "<!-- from engine/proto/series.proto -->\n", "<!-- end -->", table),
                 table);
    }

    void percentilesArePooledUntilTheyMeanSomething_data()
    {
        QTest::addColumn<QVector<int>>("seconds");  // answers in each, the newest last
        QTest::addColumn<int>("pooled");            // 0: too few, or too old
        const auto often = [](int answers, int seconds) { return QVector<int>(seconds, answers); };
        QTest::newRow("nothing yet") << QVector<int>{} << 0;
        QTest::newRow("enough in one second") << QVector<int>{400} << 400;
        QTest::newRow("only the newest, where it is enough") << QVector<int>{400, 400, 21} << 21;
        QTest::newRow("just enough") << QVector<int>{20} << 20;
        QTest::newRow("one too few") << QVector<int>{19} << 0;
        QTest::newRow("as many seconds as it takes") << QVector<int>{9, 9, 9, 9} << 27;
        QTest::newRow("a chat a second") << often(1, 45) << 20;
        QTest::newRow("a chat every other second")
            << QVector<int>{1, 0, 1, 0} + often(1, 10) + often(0, 1) + often(1, 8) << 20;
        QTest::newRow("too seldom for a minute") << QVector<int>{} + often(1, 10) + often(0, 55) + often(1, 10) << 0;
        QTest::newRow("a busy class ends at once") << QVector<int>{400, 400, 0} << 0;
        QTest::newRow("two seconds bear one of silence") << QVector<int>{10, 10, 0} << 20;
        QTest::newRow("and no two") << QVector<int>{10, 10, 0, 0} << 0;
        QTest::newRow("twenty bear nineteen") << often(1, 20) + often(0, 19) << 20;
        QTest::newRow("and no twenty") << often(1, 20) + often(0, 20) << 0;
        QTest::newRow("it begins anew after a silence") << often(1, 20) + often(0, 70) + often(1, 19) << 0;
    }
    void percentilesArePooledUntilTheyMeanSomething()
    {
        QFETCH(QVector<int>, seconds);
        telemetry::RecentAnswers recent;
        TimePoint now = kStart;
        for (const int answers : seconds) {
            Histogram histogram({1, 2});
            for (int i = 0; i < answers; ++i) histogram.observe(1);
            recent.add(histogram.read(), now, now + 1s);
            now += 1s;
        }
        QTEST(static_cast<int>(recent.pooled(now).count), "pooled");
    }

    /// With a chat a second, its p99 used to be that chat: 20 ms, then 8 s.
    void theP99OfSeldomAnswersDoesNotJump()
    {
        Engine engine;
        engine.declare();
        Sampler sampler(engine.registry);
        TimePoint now = kStart;
        sampler.take(now, 0);
        for (int second = 1; second <= 60; ++second) {
            now += 1s;
            const double took = second % 5 == 0 ? 8.0 : 0.020;
            engine.seconds("millrace_request_duration_seconds", {{"class", "generation"}}).observe(took);
            const Sample sample = sampler.take(now, second * 1000);
            const double p99 = valueOf(sample, "latency_generation_p99_ms");
            if (second < 20) {
                QCOMPARE(p99, kAbsent);
            } else {
                QVERIFY2(std::abs(p99 - 8000) < 8000 * 0.3, qPrintable(QString::number(p99)));
                QVERIFY(std::abs(valueOf(sample, "latency_generation_p50_ms") - 20) < 20 * 0.3);
            }
            // Those who compare what was before a moment with what came after take each second by itself.
            const auto alone = telemetry::unpooledValues(sample);
            QVERIFY(std::abs(alone.at("latency_generation_p99_ms") - 1000 * took) < 1000 * took * 0.3);
            QVERIFY(!alone.contains("latency_tensor_p99_ms"));
        }
    }

    /// A total outage used to look like an error share of a half, and its requests like served ones.
    void errorsAreAShareOfWhatEnded_data()
    {
        QTest::addColumn<int>("ok");
        QTest::addColumn<int>("failed");
        QTest::addColumn<int>("refused");
        QTest::addColumn<int>("rejected");
        QTest::addColumn<int>("cancelled");
        QTest::addColumn<double>("share");
        QTest::newRow("all well") << 10 << 0 << 0 << 0 << 0 << 0.0;
        QTest::newRow("all fail") << 0 << 10 << 0 << 0 << 0 << 1.0;
        QTest::newRow("half fail") << 5 << 5 << 0 << 0 << 0 << 0.5;
        QTest::newRow("refused ones are counted apart") << 5 << 5 << 90 << 0 << 0 << 0.5;
        QTest::newRow("rejected ones, too") << 5 << 5 << 0 << 90 << 0 << 0.5;
        QTest::newRow("who left had ended, too") << 4 << 2 << 0 << 0 << 4 << 0.2;
        QTest::newRow("all refused or rejected: nothing could fail") << 0 << 0 << 10 << 10 << 0 << kAbsent;
        QTest::newRow("nothing ended") << 0 << 0 << 0 << 0 << 0 << kAbsent;
    }
    void errorsAreAShareOfWhatEnded()
    {
        QFETCH(int, ok);
        QFETCH(int, failed);
        QFETCH(int, refused);
        QFETCH(int, rejected);
        QFETCH(int, cancelled);
        QFETCH(double, share);
        Engine engine;
        engine.declare();
        Sampler sampler(engine.registry);
        sampler.take(kStart, 0);
        const auto add = [&engine](const char* outcome, int number) {
            engine.count("millrace_requests_total", {{"route", "chat"}, {"outcome", outcome}})
                .add(static_cast<std::uint64_t>(number));
        };
        add("ok", ok);
        add("failed", failed);
        add("refused", refused);
        add("rejected", rejected);
        add("cancelled", cancelled);
        const Sample sample = sampler.take(kStart + 1s, 1000);
        QCOMPARE(valueOf(sample, "error_share"), share);
        QCOMPARE(valueOf(sample, "served_per_second"), double(ok));
        QCOMPARE(valueOf(sample, "failed_per_second"), double(failed));
        QCOMPARE(valueOf(sample, "refused_per_second"), double(refused));
        QCOMPARE(valueOf(sample, "rejected_per_second"), double(rejected));
        QCOMPARE(valueOf(sample, "cancelled_per_second"), double(cancelled));
    }

    /// A chat of seconds beside tensor calls of milliseconds used to be the p99 of both.
    void classesAreNeverMixed()
    {
        Engine engine;
        engine.declare();
        Sampler sampler(engine.registry);
        sampler.take(kStart, 0);
        auto& tensor = engine.seconds("millrace_request_duration_seconds", {{"class", "tensor"}});
        auto& chat = engine.seconds("millrace_request_duration_seconds", {{"class", "generation"}});
        for (int i = 0; i < 20; ++i) tensor.observe(0.002);
        for (int i = 0; i < 20; ++i) chat.observe(8);
        const Sample sample = sampler.take(kStart + 1s, 1000);
        QVERIFY(valueOf(sample, "latency_tensor_p99_ms") < 3);
        QVERIFY(valueOf(sample, "latency_generation_p50_ms") > 6000);
        QCOMPARE(valueOf(sample, "latency_embedding_p99_ms"), kAbsent);
        for (const auto& [name, value] : sample.values) QVERIFY2(name.rfind("latency_p", 0) != 0, name.c_str());
    }

    void nothingMeasuredIsAbsent()
    {
        Registry registry;
        Sampler sampler(registry);
        sampler.take(kStart, 1000);
        QVERIFY(sampler.take(kStart + 1s, 2000).values.empty());

        Engine engine;
        engine.declare();
        Sampler idle(engine.registry);
        idle.take(kStart, 1000);
        const Sample sample = idle.take(kStart + 1s, 2000);
        for (const char* name : {"latency_tensor_p99_ms",
                                 "added_p99_ms",
                                 "error_share",
                                 "change_accuracy",
                                 "waited_loads",
                                 "lru_waited_loads",
                                 "batch_rows_average",
                                 "connection_reuse",
                                 "preload_hit_rate",
                                 "prediction_accuracy",
                                 "warm_rate",
                                 "lru_warm_rate",
                                 "batch_efficiency",
                                 "load_average_ms",
                                 "compression_ratio",
                                 "backpressure_rate",
                                 "stream_gap_p50_ms",
                                 "health_p99_ms",
                                 "memory_per_request_bytes",
                                 "stream_chunk_bytes_average",
                                 "batch_size_limit"}) {
            // A lane that is there has its limit, even at rest.
            if (QString(name) == "batch_size_limit") continue;
            QVERIFY2(sample.values.count(name) == 0, name);
        }
        QCOMPARE(valueOf(sample, "served_per_second"), 0.0);
        QCOMPARE(valueOf(sample, "streams_open"), 0.0);
    }

    /// It was the limit of whichever model was busiest in that second, and jumped between two of them.
    void theSizeLimitStaysThatOfOneModel()
    {
        Engine engine;
        const auto sent = [&engine](const char* model, std::uint64_t rows) {
            engine.count("millrace_batch_rows_total", {{"model", model}}).add(rows);
        };
        engine.gauge("millrace_batch_size_limit", {{"model", "large"}}).set(128);
        engine.gauge("millrace_batch_size_limit", {{"model", "small"}}).set(16);
        Sampler sampler(engine.registry);
        sent("large", 1000);
        sent("small", 10);
        QCOMPARE(valueOf(sampler.take(kStart, 1000), "batch_size_limit"), 128.0);
        sent("small", 500);
        QCOMPARE(valueOf(sampler.take(kStart + 1s, 2000), "batch_size_limit"), 128.0);
    }

    void theFirstSampleHasOnlyStates()
    {
        Engine engine;
        engine.declare();
        engine.live();
        const Sample sample = Sampler(engine.registry).take(kStart, 1000);
        QCOMPARE(valueOf(sample, "connections_active"), 7.0);
        QCOMPARE(valueOf(sample, "served_per_second"), kAbsent);
        QCOMPARE(valueOf(sample, "latency_tensor_p99_ms"), kAbsent);
        QCOMPARE(valueOf(sample, "engine_cpu_cores"), kAbsent);
    }

    void quantilesAreOfTheLastSecondWhereItHasEnough()
    {
        Engine engine;
        engine.declare();
        auto& latency = engine.seconds("millrace_request_duration_seconds", {{"class", "tensor"}});
        Sampler sampler(engine.registry);
        sampler.take(kStart, 0);
        for (int i = 0; i < 1000; ++i) latency.observe(1.0);
        QVERIFY(valueOf(sampler.take(kStart + 1s, 1000), "latency_tensor_p50_ms") > 700);
        for (int i = 0; i < 20; ++i) latency.observe(0.001);
        QVERIFY(valueOf(sampler.take(kStart + 2s, 2000), "latency_tensor_p99_ms") < 2);
        QCOMPARE(valueOf(sampler.take(kStart + 3s, 3000), "latency_tensor_p99_ms"), kAbsent);
    }

    void windowsRoll()
    {
        Engine engine;
        engine.declare();
        auto& warm = engine.count("millrace_load_acquires_total", {{"warmth", "warm"}});
        auto& cold = engine.count("millrace_load_acquires_total", {{"warmth", "cold"}});
        auto& health = engine.seconds("millrace_pool_health_seconds");
        Sampler sampler(engine.registry);
        sampler.take(kStart, 0);
        cold.add(10);
        health.observe(0.5);
        Sample sample;
        for (int second = 1; second <= 700; ++second) {
            if (second == 100) warm.add(10);
            sample = sampler.take(kStart + std::chrono::seconds(second), second * 1000);
            const double rate = valueOf(sample, "warm_rate");
            if (second < 100) QCOMPARE(rate, 0.0);
            if (second >= 100 && second < 300) QCOMPARE(rate, 0.5);
            if (second > 301 && second < 399) QCOMPARE(rate, 1.0);
            if (second > 401) QCOMPARE(rate, kAbsent);
            const bool seen = valueOf(sample, "health_p99_ms") != kAbsent;
            if (second < 300) QVERIFY(seen);
            if (second > 301) QVERIFY(!seen);
            QCOMPARE(valueOf(sample, "health_checks"), seen ? 1.0 : 0.0);
        }
    }

    void restIsMeasuredBeforeTheFirstRequest()
    {
        Engine engine;
        engine.declare();
        auto& resident = engine.gauge("process_resident_memory_bytes");
        auto& anonymous = engine.gauge("millrace_engine_anonymous_bytes");
        Sampler sampler(engine.registry);
        resident.set(10e6);
        sampler.take(kStart, 0);
        resident.set(20e6);
        anonymous.set(5e6);
        sampler.take(kStart + 1s, 1000);
        QCOMPARE(sampler.idleResidentBytes().value(), 20e6);
        engine.count("millrace_requests_offered_total").add();
        engine.gauge("millrace_requests_in_flight").set(8);
        resident.set(40e6);  // code that had not been used before, most of it
        anonymous.set(13e6);
        QCOMPARE(valueOf(sampler.take(kStart + 2s, 2000), "memory_per_request_bytes"), 1e6);
        anonymous.set(4e6);
        QCOMPARE(valueOf(sampler.take(kStart + 3s, 3000), "memory_per_request_bytes"), 0.0);
        // A few requests cannot be told from the engine's own buffers.
        engine.gauge("millrace_requests_in_flight").set(7);
        QVERIFY(!sampler.take(kStart + 4s, 4000).values.contains("memory_per_request_bytes"));
        QCOMPARE(sampler.idleResidentBytes().value(), 20e6);
    }

    void recorderHandsSamplesOn()
    {
        Registry registry;
        SystemClock clock;
        telemetry::Recorder recorder(registry, clock, nullptr);
        int heard = 0;
        recorder.onSample([&heard](const Sample&) { ++heard; });
        QCOMPARE(recorder.latest().timeMs, 0);
        recorder.takeNow();
        QCOMPARE(heard, 1);
        QVERIFY(recorder.latest().values.count("engine_resident_bytes") == 1);
        QVERIFY(recorder.idleResidentBytes().value() > 1e6);
        QVERIFY(registry.gaugeTotal("process_threads") >= 1);
    }
};

QTEST_GUILESS_MAIN(TestSampler)
#include "tst_sampler.moc"
