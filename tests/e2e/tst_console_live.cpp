// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/grpc_engine_client.h"
#include "console_scene.h"
#include "engine_process.h"
#include "items/plot_pointer.h"
#include "support/raw_client.h"
#include "viewmodels/health_view_model.h"

#include <QtCore/QJsonArray>
#include <QtTest/QTest>

#include <algorithm>

using namespace millrace::desktop;

namespace {

constexpr int kSoonMs = 30'000;

/// A console over `engine`, which it neither starts nor stops.
ConsoleScene::Options over(const EngineProcess& engine, const QString& page)
{
    ConsoleScene::Options options;
    options.page = page;
    options.engine = [control = engine.control()] {
        GrpcEngineClient::Options grpc;
        grpc.socket = control;
        grpc.startAtOnce = false;
        return std::make_unique<GrpcEngineClient>(grpc);
    };
    return options;
}

/// A row of the page's table that says `words` to a screen reader; null: none is seen.
QQuickItem* rowWith(const ConsoleScene& scene, const QString& words)
{
    const auto rows = scene.ofType(QStringLiteral("DataTableRow"));
    const auto found = std::find_if(rows.begin(), rows.end(),
                                    [&](QQuickItem* row) { return ConsoleScene::accessibleName(row).contains(words); });
    return found == rows.end() ? nullptr : *found;
}

QJsonObject tensorCall()
{
    QJsonArray pixels;
    for (int i = 0; i < 784; ++i) pixels.append(0.5);
    const QJsonObject input{{QStringLiteral("name"), QStringLiteral("pixels")},
                            {QStringLiteral("datatype"), QStringLiteral("FP32")},
                            {QStringLiteral("shape"), QJsonArray{1, 784}},
                            {QStringLiteral("data"), pixels}};
    return {{QStringLiteral("inputs"), QJsonArray{input}}};
}

}  // namespace

/// What the made-up engine cannot tell: a real one behind the window, its second start, an outage, a client that does
/// not read. A warning of QML at any time fails the test.
class TestConsoleLive : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theSecondStart();
    void anOutageAndBack();
    void aClientThatDoesNotRead();
};

/// Events of both starts are there, the charts tell the restart, and what is pointed at is of its time.
void TestConsoleLive::theSecondStart()
{
    EngineProcess engine;
    QVERIFY2(engine.start(), qPrintable(engine.problem()));
    ConsoleScene scene(over(engine, QStringLiteral("events")));
    const auto connected = [&] { return scene.session().client().phase() == EngineClient::Phase::Connected; };
    QTRY_VERIFY_WITH_TIMEOUT(connected(), kSoonMs);
    QTRY_COMPARE_WITH_TIMEOUT(engine.ctl({QStringLiteral("load"), QStringLiteral("digits-s")}).code, 0, kSoonMs);
    QTRY_VERIFY_WITH_TIMEOUT(rowWith(scene, QStringLiteral("digits-s")), kSoonMs);

    engine.kill();
    QTRY_VERIFY_WITH_TIMEOUT(!connected(), kSoonMs);
    QTRY_VERIFY_WITH_TIMEOUT(!scene.shell().health()->outage().isEmpty(), kSoonMs);
    scene.settle();
    QVERIFY(rowWith(scene, QStringLiteral("digits-s")));  // what was seen stays
    QVERIFY2(engine.start(), qPrintable(engine.problem()));
    QTRY_VERIFY_WITH_TIMEOUT(connected(), kSoonMs);
    QTRY_VERIFY_WITH_TIMEOUT(scene.shell().health()->outage().isEmpty(), kSoonMs);
    QTRY_COMPARE_WITH_TIMEOUT(engine.ctl({QStringLiteral("load"), QStringLiteral("digits-m")}).code, 0, kSoonMs);
    QTRY_VERIFY_WITH_TIMEOUT(rowWith(scene, QStringLiteral("digits-m")), kSoonMs);
    QVERIFY(rowWith(scene, QStringLiteral("digits-s")));

    // An event of this start leads to its moment, on charts that a pointer can ask.
    scene.settle();
    scene.click(rowWith(scene, QStringLiteral("digits-m")), {0.5, 0.5}, {}, Qt::RightButton);
    QTRY_VERIFY_WITH_TIMEOUT(scene.byObjectName(QStringLiteral("show-moment")), kSoonMs);
    scene.click(scene.byObjectName(QStringLiteral("show-moment")));
    scene.settle();
    QCOMPARE(scene.shell().pageKey(), QStringLiteral("flow"));
    const auto pointers = scene.ofType(QStringLiteral("PlotPointer"));
    QVERIFY(pointers.size() >= 4);
    for (QQuickItem* item : pointers) {
        const QRectF area = item->property("area").toRectF();
        const auto* plot = qobject_cast<PlotPointer*>(item)->plot();
        bool reads = false;  // the engine is some seconds old: not every place of the axis has data
        for (double at = 0.02; at < 1 && !reads; at += 0.06) {
            scene.hover(item, {(area.left() + at * area.width()) / item->width(), 0.5});
            reads = plot->isReading();
        }
        QVERIFY2(reads, qPrintable(plot->curveList().constFirst()->series));
    }
    scene.key(Qt::Key_End);
    QVERIFY(!scene.time().isPast());
    QVERIFY(scene.session().client().phase() == EngineClient::Phase::Connected);
}

/// The only backend is drained by the row's menu: each page says that nothing can be served and what to do, requests
/// are refused, and one click ends it.
void TestConsoleLive::anOutageAndBack()
{
    EngineProcess engine;
    QVERIFY2(engine.start(), qPrintable(engine.problem()));
    QTRY_COMPARE_WITH_TIMEOUT(engine.post(QStringLiteral("/v2/models/digits-s/infer"), tensorCall()).status, 200,
                              kSoonMs);
    ConsoleScene scene(over(engine, QStringLiteral("connections")));
    QTRY_VERIFY_WITH_TIMEOUT(rowWith(scene, QStringLiteral("runtime")), kSoonMs);
    scene.settle();
    scene.click(rowWith(scene, QStringLiteral("runtime")), {0.5, 0.5}, {}, Qt::RightButton);
    QTRY_VERIFY_WITH_TIMEOUT(scene.named(QStringLiteral("Drain")), kSoonMs);
    scene.click(scene.named(QStringLiteral("Drain")));
    QTRY_VERIFY_WITH_TIMEOUT(scene.shell().health()->outage().contains(QStringLiteral("No backend takes requests")),
                             kSoonMs);
    QCOMPARE(engine.post(QStringLiteral("/v2/models/digits-s/infer"), tensorCall()).status, 503);
    for (int page = 0; page < scene.shell().pages()->rowCount(); ++page) {
        scene.open(scene.shell().pages()->keyAt(page));
        QVERIFY2(scene.byObjectName(QStringLiteral("outageAction")), qPrintable(scene.shell().pageKey()));
    }
    scene.click(scene.byObjectName(QStringLiteral("outageAction")));
    QTRY_VERIFY_WITH_TIMEOUT(scene.shell().health()->outage().isEmpty(), kSoonMs);
    QTRY_COMPARE_WITH_TIMEOUT(engine.post(QStringLiteral("/v2/models/digits-s/infer"), tensorCall()).status, 200,
                              kSoonMs);
    scene.settle();
    QVERIFY(!scene.byObjectName(QStringLiteral("outageAction")));
}

/// Streams says whom it waits for, and ends the stream by the row's menu; nothing of it is left at the engine.
void TestConsoleLive::aClientThatDoesNotRead()
{
    EngineProcess engine({QStringLiteral("--set"), QStringLiteral("streamer.window_bytes=65536")});
    QVERIFY2(engine.start(), qPrintable(engine.problem()));
    QTRY_COMPARE_WITH_TIMEOUT(engine.ctl({QStringLiteral("load"), QStringLiteral("scribe")}).code, 0, kSoonMs);
    ConsoleScene scene(over(engine, QStringLiteral("streams")));
    RawClient client(engine.http(), 4096);
    QVERIFY(client.connected());
    QVERIFY(client.ask(QStringLiteral("/v1/completions").toUtf8(),
                       QJsonObject{{QStringLiteral("model"), QStringLiteral("scribe")},
                                   {QStringLiteral("prompt"), QStringLiteral("The freedom to")},
                                   {QStringLiteral("max_tokens"), 16'000},
                                   {QStringLiteral("stream"), true}}));
    QTRY_VERIFY_WITH_TIMEOUT(rowWith(scene, QStringLiteral("scribe")), kSoonMs);
    QTRY_VERIFY_WITH_TIMEOUT(rowWith(scene, QStringLiteral("client is not reading")), kSoonMs);
    scene.settle();
    scene.click(rowWith(scene, QStringLiteral("scribe")), {0.5, 0.5}, {}, Qt::RightButton);
    QTRY_VERIFY_WITH_TIMEOUT(scene.byObjectName(QStringLiteral("cancel-stream")), kSoonMs);
    scene.click(scene.byObjectName(QStringLiteral("cancel-stream")));
    QTRY_COMPARE_WITH_TIMEOUT(scene.shell().toast(), QStringLiteral("Stream cancelled"), kSoonMs);
    QTRY_VERIFY_WITH_TIMEOUT(!rowWith(scene, QStringLiteral("scribe")), kSoonMs);
    QTRY_COMPARE_WITH_TIMEOUT(engine.metric(QStringLiteral("millrace_requests_in_flight")), 0.0, kSoonMs);
}

CONSOLE_TEST_MAIN(TestConsoleLive)
#include "tst_console_live.moc"
