// SPDX-License-Identifier: GPL-3.0-or-later
#include "console_scene.h"
#include "control.pb.h"
#include "lists/sorted_rows.h"
#include "viewmodels/connections_view_model.h"
#include "viewmodels/models_view_model.h"
#include "viewmodels/page_list.h"
#include "viewmodels/requests_view_model.h"
#include "viewmodels/streams_view_model.h"

#include <QtCore/QRegularExpression>
#include <QtCore/QTemporaryDir>
#include <QtGui/QClipboard>
#include <QtGui/QGuiApplication>
#include <QtTest/QTest>

#include <algorithm>
#include <cmath>

using namespace millrace::desktop;

namespace {

constexpr int kPageMadeMs = 30'000;  // in slices, so that nothing else stands still

template <class ViewModel>
ViewModel& viewModel(ConsoleScene& scene, const char* key)
{
    return *qobject_cast<ViewModel*>(scene.shell().pages()->viewModel(QString::fromLatin1(key)));
}

// Texts of what a table lists, of one role, from the top.
QStringList listed(QQuickItem* list, const char* role)
{
    auto* rows = list->property("model").value<QAbstractItemModel*>();
    const int number = rows->roleNames().key(role);
    QStringList out;
    for (int i = 0; i < rows->rowCount(); ++i) out.append(rows->index(i, 0).data(number).toString());
    return out;
}

QQuickItem* heading(ConsoleScene& scene, const QString& title)
{
    for (QQuickItem* item : scene.ofType(QStringLiteral("DataTableHeaderCell"))) {
        if (ConsoleScene::accessibleName(item) == title) return item;
    }
    return nullptr;
}

QList<QQuickItem*> rowsOf(ConsoleScene& scene)
{
    // As they stand: delegates are used again, in any order.
    QList<QQuickItem*> rows = scene.ofType(QStringLiteral("DataTableRow"));
    std::stable_sort(rows.begin(), rows.end(), [](const QQuickItem* a, const QQuickItem* b) {
        return a->mapToScene({}).y() < b->mapToScene({}).y();
    });
    return rows;
}

// A frame with as many models as a large installation has.
void giveModels(ConsoleScene& scene, int count)
{
    auto frame = scene.client().world().fullFrame();
    auto& section = *frame.mutable_models();
    section.clear_models();
    for (int i = count; i > 0; --i) {
        auto& model = *section.add_models();
        model.set_model("Qwen2.5-Coder-32B-Instruct-quantised-" + std::to_string(i));
        model.set_backend(i % 2 ? "runtime" : "llama");
        model.set_state(control::MODEL_PHASE_COLD);
        model.set_loadable(true);
        model.set_next_probability(0.01);
    }
    Q_EMIT scene.client().frameArrived(frame);
    scene.settle();
}

}  // namespace

/// Tables as they are used: headings, widths, keys, menus, what is kept and what stands still.
class TestTables : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyTableSortsByItsHeadings_data();
    void everyTableSortsByItsHeadings();
    void aTableThatScrollsKeepsItsMenusInSight();
    void namesBesideSquaresTakeTheSpaceThereIs();
    void theChooserCoversNoHeading_data();
    void theChooserCoversNoHeading();
    void aTableThatComesBackIsMadeInSteps();
    void namesAreWholeInASmallWindow_data();
    void namesAreWholeInASmallWindow();
    void widthsAndSortingAreKept();
    void rowsAreReachedByKeys();
    void aRowsMenuOpensByMouseAndKeys();
    void whatIsSeenIsCopied();
    void aTableOnANarrowWindowHasEveryColumn();
    void aChartsTableIsOne();
    void aChartsTableIsKept();
    void theLegendOfPhasesIsSeenWhereItFits();
    void followOffHoldsTheRequests();
    void aRunningRequestSaysWhereItsTimeGoes();
    void aRequestThatWaitedForItsModelOffersAPin();
    void whatBoundsARequestIsOffered_data();
    void whatBoundsARequestIsOffered();
    void theWaterfallMarksWhatMillraceAdded();
    void theHeadOfADetailLeavesItsButtonFree();
    void aRequestIsCopiedAsCurl();
    void batchesFoldUnderTheMouse();
    void batchesFoldByKeys();
    void editLimitsOpensTheLimit();
    void connectionsAreATable();
    void manyModelsAreSearchedAndLoaded();
    void theMatrixStandsStill();
    void streamsLeaveThePageAsItIs();
    void aStreamIsCancelledOnItsPage();
    void actionsAreReportedAndUndone();
    void stagesWithoutAPageOfTheirOwnLead_data();
    void stagesWithoutAPageOfTheirOwnLead();
};

void TestTables::everyTableSortsByItsHeadings_data()
{
    QTest::addColumn<QString>("page");
    QTest::addColumn<QString>("list");
    QTest::addColumn<QString>("title");
    QTest::addColumn<QString>("role");
    QTest::newRow("connections") << "connections"
                                 << "connections"
                                 << "Backend"
                                 << "backend";
    QTest::newRow("queues") << "batches"
                            << "queues"
                            << "Model · signature"
                            << "laneId";
    QTest::newRow("models") << "models"
                            << "models"
                            << "Model"
                            << "name";
    QTest::newRow("streams") << "streams"
                             << "streams"
                             << "Client"
                             << "client";
    QTest::newRow("requests") << "requests"
                              << "requests"
                              << "Client"
                              << "client";
    QTest::newRow("events") << "events"
                            << "events"
                            << "Subject"
                            << "subject";
}

void TestTables::everyTableSortsByItsHeadings()
{
    QFETCH(QString, page);
    QFETCH(QString, list);
    QFETCH(QString, title);
    QFETCH(QString, role);
    ConsoleScene scene({.page = page});
    scene.step(20);
    scene.time().togglePause();  // nothing comes or goes meanwhile
    QQuickItem* table = scene.byObjectName(list);
    QVERIFY(table);
    QQuickItem* head = heading(scene, title);
    QVERIFY(head);
    scene.click(head, {0.2, 0.5});
    QStringList up = listed(table, role.toLatin1());
    QVERIFY(up.size() > 1);
    QVERIFY(std::is_sorted(up.begin(), up.end(), [](const QString& a, const QString& b) {
        return QString::compare(a, b, Qt::CaseInsensitive) < 0;
    }));
    scene.click(head, {0.2, 0.5});
    QStringList down = listed(table, role.toLatin1());
    QCOMPARE(down.constFirst(), up.constLast());
    QCOMPARE(down.constLast(), up.constFirst());
}

/// At 1024 pixels the menus of rows were off screen, and figures went on below the button of the columns, beside their
/// headings that did not.
void TestTables::aTableThatScrollsKeepsItsMenusInSight()
{
    ConsoleScene scene({.size = {1024, 640}, .page = QStringLiteral("connections")});
    scene.step(5);
    QQuickItem* backends = scene.ofType(QStringLiteral("DataTable")).first();
    QVERIFY(!backends->property("sideways").toBool());
    scene.open(QStringLiteral("requests"));
    scene.step(3);
    QQuickItem* table = scene.ofType(QStringLiteral("DataTable")).first();
    auto* list = scene.byObjectName(QStringLiteral("requests"));
    for (auto* column : table->findChildren<TableColumn*>()) column->setShown(true);
    scene.settle();
    QVERIFY(table->property("sideways").toBool());
    const auto chooser = [&] {
        for (QQuickItem* button : ConsoleScene::ofType(table, QStringLiteral("Button"))) {
            if (ConsoleScene::accessibleName(button).startsWith(QStringLiteral("Columns, order")))
                return button->mapRectToItem(table, QRectF(0, 0, button->width(), 1));
        }
        return QRectF();
    };
    for (const double scrolled : {0.0, 30.0, list->property("contentWidth").toDouble() - list->width()}) {
        list->setProperty("contentX", scrolled);
        scene.settle();
        int menus = 0;
        ConsoleScene::visit(table, [&](QQuickItem* item) {
            if (item->objectName() != u"row-menu") return;
            ++menus;
            const QRectF at = item->mapRectToItem(table, item->boundingRect());
            QVERIFY(at.left() >= chooser().left() && at.right() <= chooser().right());
        });
        QVERIFY(menus > 3);
    }
}

/// "a-ver…ne HTTP" stood beside a few squares and much space.
void TestTables::namesBesideSquaresTakeTheSpaceThereIs()
{
    ConsoleScene scene({.page = QStringLiteral("connections")});
    scene.step(3);
    const double before = scene.byObjectName(QStringLiteral("square-name"))->width();
    control::Frame frame = scene.session().frame();
    frame.set_full(true);
    frame.mutable_pools()->mutable_pools(0)->set_backend("workstation-under-the-desk-1");
    Q_EMIT scene.client().frameArrived(frame);
    scene.settle();
    const auto names = scene.ofType(QStringLiteral("OpenConnections"));
    QVERIFY(!names.isEmpty());
    int whole = 0;
    ConsoleScene::visit(names.first(), [&](QQuickItem* item) {
        if (item->objectName() != u"square-name") return;
        ++whole;
        QVERIFY(item->width() > before && !item->property("truncated").toBool());
    });
    QVERIFY(whole > 0);
}

void TestTables::theChooserCoversNoHeading_data()
{
    QTest::addColumn<QSize>("size");
    QTest::newRow("1440 wide") << QSize(1440, 900);
    QTest::newRow("1024 wide, where tables scroll") << QSize(1024, 640);
}

/// Where rows have no menu, or a table is wider than its place, the button of the columns lay over a heading.
void TestTables::theChooserCoversNoHeading()
{
    QFETCH(QSize, size);
    ConsoleScene scene({.size = size});
    scene.step(20);
    int tables = 0;
    for (int i = 0; i < scene.shell().pages()->rowCount(); ++i) {
        scene.open(scene.shell().pages()->keyAt(i));
        for (QQuickItem* table : scene.ofType(QStringLiteral("DataTable"))) {
            double end = 0;
            for (QQuickItem* cell : ConsoleScene::ofType(table, QStringLiteral("DataTableHeaderCell"))) {
                QRectF seen = cell->mapRectToItem(table, QRectF(0, 0, cell->width(), 1));
                if (const QQuickItem* around = cell->parentItem(); around->clip())
                    seen &= around->mapRectToItem(table, QRectF(0, 0, around->width(), around->height()));
                end = std::max(end, seen.right());
            }
            double chooser = 0;
            for (QQuickItem* button : ConsoleScene::ofType(table, QStringLiteral("Button"))) {
                if (ConsoleScene::accessibleName(button).startsWith(QStringLiteral("Columns, order")))
                    chooser = button->mapRectToItem(table, QRectF()).left();
            }
            QVERIFY2(chooser > 0 && end <= chooser, qPrintable(scene.shell().pageKey()));
            ++tables;
        }
    }
    QVERIFY(tables >= 5);
}

/// Coming back to Requests blocked the GUI thread for 190 ms: every row was another one, and all were made at once.
void TestTables::aTableThatComesBackIsMadeInSteps()
{
    ConsoleScene scene({.page = QStringLiteral("requests")});
    scene.step(20);
    QQuickItem* list = scene.byObjectName(QStringLiteral("requests"));
    QVERIFY(list);
    const double whole = list->height();
    QVERIFY(whole > 600);
    scene.open(QStringLiteral("flow"));
    scene.step(20);
    scene.shell().openPage(QStringLiteral("requests"));
    QVERIFY2(list->height() < 200, qPrintable(QString::number(list->height())));
    QTRY_COMPARE(list->height(), whole);
}

/// The streams said "emb…ini" beside a column of states that had space.
void TestTables::namesAreWholeInASmallWindow_data()
{
    QTest::addColumn<QString>("page");
    for (const char* page : {"requests", "connections", "batches", "models", "streams"})
        QTest::newRow(page) << QString::fromLatin1(page);
}

void TestTables::namesAreWholeInASmallWindow()
{
    QFETCH(QString, page);
    ConsoleScene scene({.size = {1024, 640}, .page = page});
    scene.step(10);
    int names = 0;
    QStringList cut;
    for (QQuickItem* row : rowsOf(scene)) {
        ConsoleScene::visit(row, [&](QQuickItem* item) {
            const QVariant elide = item->property("elide");
            if (!elide.isValid() || elide.toInt() != Qt::ElideMiddle) return;
            ++names;
            if (item->property("truncated").toBool()) cut.append(item->property("text").toString());
        });
    }
    QVERIFY2(cut.isEmpty(), qPrintable(cut.join(u'|')));
    QVERIFY(names > 0);
}

void TestTables::widthsAndSortingAreKept()
{
    QTemporaryDir folder;
    const QString file = folder.filePath(QStringLiteral("console.ini"));
    double width = 0;
    {
        ConsoleScene scene({.page = QStringLiteral("connections"), .preferences = file});
        scene.step(3);
        QQuickItem* head = heading(scene, QStringLiteral("Backend"));
        QVERIFY(head);
        const double before = head->width();
        scene.drag(head, {1, 0.5}, {0.5, 0.5});
        width = head->width();
        QVERIFY2(width < before - 20, qPrintable(QString::number(width)));
        scene.click(heading(scene, QStringLiteral("wait p99")), {0.8, 0.5});
    }
    ConsoleScene scene({.page = QStringLiteral("connections"), .preferences = file});
    scene.step(3);
    QCOMPARE(heading(scene, QStringLiteral("Backend"))->width(), width);
    QVERIFY(ConsoleScene::accessibleDescription(heading(scene, QStringLiteral("wait p99")))
                .startsWith(QStringLiteral("sorted")));
}

void TestTables::rowsAreReachedByKeys()
{
    ConsoleScene scene({.page = QStringLiteral("requests")});
    scene.step(10);
    QQuickItem* list = scene.byObjectName(QStringLiteral("requests"));
    auto& page = viewModel<RequestsViewModel>(scene, "requests");
    list->forceActiveFocus(Qt::TabFocusReason);
    page.setFollowing(false);
    scene.settle();
    const QImage before = scene.grab();
    scene.key(Qt::Key_Down);
    scene.settle();
    QVERIFY(scene.grab() != before);  // the row that has the keys is marked
    scene.key(Qt::Key_Return);
    const double second = page.chosenId();
    QVERIFY(second != 0);
    scene.key(Qt::Key_Home);
    scene.settle();
    scene.key(Qt::Key_Return);
    QVERIFY(page.chosenId() != second);
    scene.key(Qt::Key_End);
    scene.settle();
    scene.key(Qt::Key_Return);
    auto* rows = list->property("model").value<QAbstractItemModel*>();
    const int id = rows->roleNames().key("requestId");
    QCOMPARE(page.chosenId(), rows->index(rows->rowCount() - 1, 0).data(id).toDouble());
}

void TestTables::aRowsMenuOpensByMouseAndKeys()
{
    ConsoleScene scene({.page = QStringLiteral("connections")});
    scene.step(3);
    const auto open = [&] { return scene.named(QStringLiteral("Probe now")) != nullptr; };
    QVERIFY(!open());
    QList<QQuickItem*> rows = rowsOf(scene);
    QVERIFY(!rows.isEmpty());
    scene.click(rows.first(), {0.5, 0.5}, {}, Qt::RightButton);
    QVERIFY(open());
    scene.key(Qt::Key_Escape);
    scene.settle();
    QVERIFY(!open());
    scene.click(rows.first(), {1 - 10 / rows.first()->width(), 0.5});
    QVERIFY(open());
    scene.key(Qt::Key_Escape);
    scene.byObjectName(QStringLiteral("connections"))->forceActiveFocus(Qt::TabFocusReason);
    scene.key(Qt::Key_Menu);
    scene.settle();
    QVERIFY(open());
}

void TestTables::whatIsSeenIsCopied()
{
    ConsoleScene scene({.page = QStringLiteral("models")});
    scene.step(3);
    QQuickItem* table = nullptr;
    for (QQuickItem* item : scene.ofType(QStringLiteral("DataTable"))) table = item;
    QVERIFY(table);
    QVERIFY(QMetaObject::invokeMethod(table, "copyCsv"));
    const QStringList lines = QGuiApplication::clipboard()->text().split(u'\n', Qt::SkipEmptyParts);
    QVERIFY(lines.constFirst().startsWith(QStringLiteral("Model,State")));
    QCOMPARE(lines.size(), 1 + listed(scene.byObjectName(QStringLiteral("models")), "name").size());
}

void TestTables::aTableOnANarrowWindowHasEveryColumn()
{
    ConsoleScene scene({.size = {1024, 640}, .page = QStringLiteral("requests")});
    scene.step(5);
    for (const char* title : {"Time", "Client", "Model", "Phase", "Total", "Out", "Batch", "Conn."})
        QVERIFY2(heading(scene, QString::fromLatin1(title)), title);
}

namespace {

/// The first chart of Flow, turned into its table.
QQuickItem* chartTable(ConsoleScene& scene)
{
    scene.ofType(QStringLiteral("ChartCard")).first()->forceActiveFocus(Qt::TabFocusReason);
    scene.key(Qt::Key_T);
    const QList<QQuickItem*> tables = scene.ofType(QStringLiteral("PlotTableView"));
    if (tables.size() != 1) qFatal("a chart has one table");
    return tables.first();
}

}  // namespace

/// It sorts by value, has keys and a menu, leads to its moment, and is copied as it is seen.
void TestTables::aChartsTableIsOne()
{
    ConsoleScene scene;
    scene.step(30);
    scene.time().togglePause();
    QQuickItem* table = chartTable(scene);
    QQuickItem* list = scene.byObjectName(table->property("name").toString());
    QVERIFY(list);
    auto* rows = list->property("model").value<QAbstractItemModel*>();
    QVERIFY(rows->rowCount() > 20);
    const QList<QQuickItem*> heads = scene.ofType(QStringLiteral("DataTableHeaderCell"));
    QVERIFY(heads.size() >= 3);
    scene.click(heads.at(1), {0.9, 0.5});
    const QByteArray series = heads.at(1)->property("column").value<TableColumn*>()->role.toUtf8();
    const auto valueAt = [&](int row) {
        return rows->index(row, 0).data(rows->roleNames().key(series + ".value")).toDouble();
    };
    for (int i = 1; i < rows->rowCount(); ++i) QVERIFY(valueAt(i - 1) >= valueAt(i));
    QVERIFY(valueAt(0) > valueAt(rows->rowCount() - 1));

    const int time = rows->roleNames().key("timeMs");
    list->forceActiveFocus(Qt::TabFocusReason);
    scene.key(Qt::Key_Down);
    scene.key(Qt::Key_Return);
    QCOMPARE(scene.time().crosshairMs(), rows->index(1, 0).data(time).toLongLong());
    scene.click(rowsOf(scene).at(2), {0.2, 0.5});
    QCOMPARE(scene.time().crosshairMs(), rows->index(2, 0).data(time).toLongLong());

    QVERIFY(QMetaObject::invokeMethod(table, "copyCsv"));
    const QStringList lines = QGuiApplication::clipboard()->text().split(u'\n', Qt::SkipEmptyParts);
    QCOMPARE(lines.size(), rows->rowCount() + 1);
    QCOMPARE(lines.first().count(u','), heads.size() - 1);
    QVERIFY2(lines.first().startsWith(QStringLiteral("Time,")), qPrintable(lines.first()));

    scene.key(Qt::Key_Menu);
    scene.click(scene.byObjectName(QStringLiteral("show-moment")));
    QVERIFY(scene.time().isPaused() && scene.time().isPinned());
}

/// Widths, order and choice of columns belong to the chart, and are there again with the table.
void TestTables::aChartsTableIsKept()
{
    QTemporaryDir folder;
    const QString file = folder.filePath(QStringLiteral("console.ini"));
    double width = 0;
    {
        ConsoleScene scene({.preferences = file});
        scene.step(5);
        chartTable(scene);
        QQuickItem* head = scene.ofType(QStringLiteral("DataTableHeaderCell")).at(1);
        scene.drag(head, {1, 0.5}, {0.8, 0.5});
        width = head->width();
        scene.click(head, {0.5, 0.5});
        scene.key(Qt::Key_T);
        scene.key(Qt::Key_T);
        QCOMPARE(scene.ofType(QStringLiteral("DataTableHeaderCell")).at(1)->width(), width);
    }
    ConsoleScene scene({.preferences = file});
    scene.step(5);
    chartTable(scene);
    QQuickItem* head = scene.ofType(QStringLiteral("DataTableHeaderCell")).at(1);
    QCOMPARE(head->width(), width);
    QVERIFY(ConsoleScene::accessibleDescription(head).startsWith(QStringLiteral("sorted")));
}

/// At each width, for one at which it just fits made the page lay itself out without end.
void TestTables::theLegendOfPhasesIsSeenWhereItFits()
{
    ConsoleScene scene({.size = {1700, 900}, .page = QStringLiteral("requests")});
    scene.step(5);
    QQuickItem* phases = scene.byObjectName(QStringLiteral("phases"));
    const QQuickItem* follow = scene.byObjectName(QStringLiteral("follow"));
    QVERIFY(phases && follow);
    int seen = 0, hidden = 0;
    for (int width = 1400; width <= 1700; width += 4) {
        scene.window()->resize(width, 900);
        scene.settle();
        const qreal right = phases->mapToScene(QPointF(phases->width(), 0)).x();
        const bool fits = right < follow->mapToScene(QPointF(0, 0)).x();
        QCOMPARE(phases->opacity(), fits ? 1.0 : 0.0);
        ++(fits ? seen : hidden);
    }
    QVERIFY(seen > 0 && hidden > 0);
}

void TestTables::followOffHoldsTheRequests()
{
    ConsoleScene scene({.page = QStringLiteral("requests")});
    scene.step(5);
    scene.click(scene.byObjectName(QStringLiteral("follow")));
    scene.settle();
    QQuickItem* list = scene.byObjectName(QStringLiteral("requests"));
    const QStringList before = listed(list, "requestId");
    QVERIFY(!before.isEmpty());
    scene.step(10);
    const QStringList after = listed(list, "requestId");
    // What was open may have ended unseen; nothing is put in between or pushed out.
    for (const QString& id : after) QVERIFY(before.contains(id));
    QCOMPARE(after.size() <= before.size(), true);
    QVERIFY(after.size() > before.size() / 2);
    const QString told = scene.byObjectName(QStringLiteral("count"))->property("text").toString();
    QVERIFY2(told.contains(QStringLiteral("frozen")) && told.contains(QStringLiteral("newer")), qPrintable(told));
    scene.click(scene.byObjectName(QStringLiteral("follow")));
    scene.settle();
    QVERIFY(listed(list, "requestId").size() > after.size());
}

namespace {

control::RequestRecord ended(quint64 id, const char* model, double totalMs)
{
    control::RequestRecord out;
    out.set_id(id);
    out.set_time_ms(ConsoleScene::kStartMs);
    out.set_model(model);
    out.set_outcome(control::REQUEST_OUTCOME_OK);
    out.set_total_ms(totalMs);
    return out;
}

RequestsViewModel& choose(ConsoleScene& scene, const control::RequestRecord& record)
{
    google::protobuf::RepeatedPtrField<control::RequestRecord> records;
    *records.Add() = record;
    RequestList& list = scene.session().requests();
    record.outcome() == control::REQUEST_OUTCOME_UNSPECIFIED ? list.takeOpen(records) : list.take(records);
    auto& page = viewModel<RequestsViewModel>(scene, "requests");
    page.choose(static_cast<double>(record.id()));
    scene.settle();
    return page;
}

}  // namespace

void TestTables::aRunningRequestSaysWhereItsTimeGoes()
{
    ConsoleScene scene({.page = QStringLiteral("requests")});
    auto slow = ended(900'000, "scribe", 7200);
    slow.clear_outcome();
    slow.set_client("slow-notebook");
    slow.set_phase(control::REQUEST_PHASE_STREAMING);
    slow.set_queued_ms(200);
    slow.set_stream_ms(7000);  // the engine counts the phase that goes on
    auto& page = choose(scene, slow);
    QList<QQuickItem*> bars;
    for (QQuickItem* item :
         ConsoleScene::ofType(scene.byObjectName(QStringLiteral("waterfall")), QStringLiteral("QQuickRectangle")))
        if (item->objectName() == QStringLiteral("phase-bar") && item->isVisible()) bars.append(item);
    QCOMPARE(bars.size(), 2);
    // Streaming begins where queueing ended, and lasts for the rest.
    QVERIFY(bars.at(1)->x() >= bars.at(0)->x() + bars.at(0)->width() - 1);
    QVERIFY(bars.at(1)->width() > 20 * bars.at(0)->width());
    QVERIFY(page.tickTexts().size() >= 3);
    QCOMPARE(page.phases()->rows().at(RequestList::Streaming).text, format::milliseconds(7000));
    QVERIFY(page.phases()->rows().at(RequestList::Streaming).running);
}

void TestTables::aRequestThatWaitedForItsModelOffersAPin()
{
    ConsoleScene scene({.page = QStringLiteral("requests")});
    scene.step(2);
    const control::ModelState* model = nullptr;
    for (const auto& known : scene.session().frame().models().models()) {
        if (known.loadable() && !known.pinned()) model = &known;
    }
    QVERIFY(model);
    const std::string name = model->model();
    auto slow = ended(900'010, name.c_str(), 100);
    slow.set_model_ms(80);
    slow.set_load_ms(50);
    slow.set_run_ms(20);
    choose(scene, slow);
    QQuickItem* pin = scene.byObjectName(QStringLiteral("pin-model"));
    QVERIFY(pin);
    QVERIFY(pin->property("text").toString().contains(QString::fromStdString(name)));
    scene.click(pin);
    scene.settle();
    scene.step();
    auto& models = viewModel<ModelsViewModel>(scene, "models");
    models.refresh();
    const auto& rows = models.models()->rows();
    const auto row = std::find_if(rows.begin(), rows.end(),
                                  [&](const ModelRow& one) { return one.name == QString::fromStdString(name); });
    QVERIFY(row->pinned);
    QVERIFY(scene.byObjectName(QStringLiteral("undo")));        // with the others' undo
    QVERIFY(!scene.byObjectName(QStringLiteral("pin-model")));  // nothing left to pin
    scene.click(scene.byObjectName(QStringLiteral("cause-0")));
    QTRY_VERIFY_WITH_TIMEOUT(scene.focused() && scene.focused()->objectName() == QStringLiteral("loader.budget_bytes"),
                             kPageMadeMs);
}

void TestTables::whatBoundsARequestIsOffered_data()
{
    QTest::addColumn<double>("queued");
    QTest::addColumn<double>("batch");
    QTest::addColumn<double>("connect");
    QTest::addColumn<double>("run");
    QTest::addColumn<QString>("reason");
    QTest::addColumn<QString>("expected");
    QTest::newRow("queue") << 60.0 << 0.0 << 0.0 << 40.0 << ""
                           << "settings/limits.requests_max";
    QTest::newRow("batch") << 0.0 << 60.0 << 0.0 << 40.0 << ""
                           << "settings/batcher.timeout_ms";
    QTest::newRow("connection") << 0.0 << 0.0 << 60.0 << 40.0 << ""
                                << "settings/pool.*_size_max";
    QTest::newRow("refusal") << 0.0 << 0.0 << 0.0 << 0.0 << "100 requests wait already (limits.queue_max)"
                             << "settings/limits.queue_max";
    QTest::newRow("the backend") << 1.0 << 2.0 << 1.0 << 96.0 << ""
                                 << "";
    QTest::newRow("a moment of a short one") << 0.0 << 0.6 << 0.0 << 0.4 << ""
                                             << "";
}

void TestTables::whatBoundsARequestIsOffered()
{
    QFETCH(double, queued);
    QFETCH(double, batch);
    QFETCH(double, connect);
    QFETCH(double, run);
    QFETCH(QString, reason);
    QFETCH(QString, expected);
    ConsoleScene scene({.page = QStringLiteral("requests")});
    scene.step(2);
    const std::string model = scene.session().frame().models().models(0).model();
    auto record = ended(900'020, model.c_str(), queued + batch + connect + run);
    record.set_queued_ms(queued);
    record.set_batch_ms(batch);
    record.set_connect_ms(connect);
    record.set_run_ms(run);
    if (!reason.isEmpty()) record.set_outcome(control::REQUEST_OUTCOME_REFUSED);
    record.set_reason(reason.toStdString());
    choose(scene, record);
    const QString pages = viewModel<RequestsViewModel>(scene, "requests").causePages().join(u' ');
    const QRegularExpression wanted(QRegularExpression::wildcardToRegularExpression(expected));
    QVERIFY2(wanted.match(pages).hasMatch(), qPrintable(pages));
    QQuickItem* button = scene.byObjectName(QStringLiteral("cause-0"));
    QCOMPARE(button == nullptr, expected.isEmpty());
    if (!button) return;
    scene.click(button);
    QTRY_VERIFY_WITH_TIMEOUT(
        scene.focused() && wanted.match(QStringLiteral("settings/") + scene.focused()->objectName()).hasMatch(),
        kPageMadeMs);
}

/// Its own time was a line of text beside the waterfall, and not seen in it.
void TestTables::theWaterfallMarksWhatMillraceAdded()
{
    ConsoleScene scene({.page = QStringLiteral("requests")});
    auto record = ended(900'030, "scribe", 100);
    record.set_receive_ms(10);
    record.set_processing_ms(5);
    record.set_queued_ms(5);
    record.set_model_ms(40);
    record.set_load_ms(30);
    record.set_connect_ms(10);
    record.set_run_ms(30);
    record.set_added_ms(30);
    choose(scene, record);
    QQuickItem* row = scene.byObjectName(QStringLiteral("added"));
    QVERIFY(row);
    QCOMPARE(ConsoleScene::accessibleName(row), QStringLiteral("added by Millrace: ") + format::milliseconds(30));
    QList<QQuickItem*> bars;
    for (QQuickItem* item : ConsoleScene::ofType(row, QStringLiteral("QQuickRectangle"))) {
        if (item->objectName() == QStringLiteral("added-bar")) bars.append(item);
    }
    // 10 … 30 before the load, 60 … … after it: in place below the phases, and as long as they say.
    QCOMPARE(bars.size(), 2);
    QQuickItem* waterfall = scene.byObjectName(QStringLiteral("waterfall"));
    const double begin = waterfall->property("begin").toDouble(), length = waterfall->property("length").toDouble();
    const auto share = [&](double x) { return std::round(100 * (x - begin) / length); };
    QCOMPARE(share(bars.at(0)->x()), 10.0);
    QCOMPARE(share(bars.at(0)->x() + bars.at(0)->width()), 30.0);
    QCOMPARE(share(bars.at(1)->x()), 60.0);
    QCOMPARE(share(bars.at(1)->x() + bars.at(1)->width()), 70.0);
    auto none = ended(900'031, "scribe", 30);
    none.set_run_ms(30);
    choose(scene, none);
    QVERIFY(!scene.byObjectName(QStringLiteral("added")));
}

/// In a small window the name of the model lay under the button that closes the panel.
void TestTables::theHeadOfADetailLeavesItsButtonFree()
{
    ConsoleScene scene({.size = {1024, 640}, .page = QStringLiteral("requests")});
    choose(scene, ended(900'040, "a-model-with-quite-a-long-name", 20));
    const QQuickItem* tag = scene.byObjectName(QStringLiteral("model-tag"));
    const QQuickItem* button = scene.byObjectName(QStringLiteral("close-detail"));
    QVERIFY(tag && button);
    QVERIFY(tag->width() > 40);
    QVERIFY(tag->mapToScene({tag->width(), 0}).x() <= button->mapToScene({0, 0}).x());
}

void TestTables::aRequestIsCopiedAsCurl()
{
    ConsoleScene scene({.page = QStringLiteral("requests")});
    auto chat = ended(900'001, "scribe", 20);
    chat.set_route("POST /v1/chat/completions");
    choose(scene, chat);
    scene.click(scene.byObjectName(QStringLiteral("copy-curl")));
    const QString copied = QGuiApplication::clipboard()->text();
    QVERIFY2(copied.startsWith(QStringLiteral("# The request body is not kept")), qPrintable(copied));
    QVERIFY2(copied.contains(QStringLiteral("\ncurl -sS -N 'http://")), qPrintable(copied));
    QVERIFY2(copied.contains(QStringLiteral("/v1/chat/completions")) && copied.contains(QStringLiteral("scribe")),
             qPrintable(copied));
}

namespace {

// A batch of five requests, the newest of all.
void sendBatch(ConsoleScene& scene)
{
    google::protobuf::RepeatedPtrField<control::RequestRecord> records;
    for (quint64 i = 0; i < 5; ++i) {
        control::RequestRecord request;
        request.set_id(900'000 + i);
        request.set_time_ms(ConsoleScene::kStartMs + 60'000);
        request.set_model("digits-l");
        request.set_outcome(control::REQUEST_OUTCOME_OK);
        request.set_total_ms(7);
        request.set_batch_id(4711);
        request.set_batch_rows(5);
        *records.Add() = request;
    }
    scene.session().requests().take(records);
    scene.click(scene.byObjectName(QStringLiteral("group")));
    scene.settle();
}

}  // namespace

/// After the engine's second start its numbers repeat; the console's own, which do not, were shown.
void TestTables::batchesFoldUnderTheMouse()
{
    ConsoleScene scene({.page = QStringLiteral("requests")});
    control::Status another;
    another.set_boot_id("another");
    Q_EMIT scene.client().attached(another);
    scene.settle();
    sendBatch(scene);
    QQuickItem* list = scene.byObjectName(QStringLiteral("requests"));
    const auto members = [&] { return listed(list, "batchName").count(QStringLiteral("4711")); };
    QCOMPARE(members(), 1);
    QQuickItem* button = scene.byObjectName(QStringLiteral("unfold"));
    QCOMPARE(ConsoleScene::accessibleDescription(button), QStringLiteral("Show the 5 requests of batch 4711"));
    scene.click(button);
    scene.settle();
    QCOMPARE(members(), 5);
}

void TestTables::batchesFoldByKeys()
{
    ConsoleScene scene({.page = QStringLiteral("requests")});
    sendBatch(scene);
    QQuickItem* list = scene.byObjectName(QStringLiteral("requests"));
    const auto members = [&] { return listed(list, "batchName").count(QStringLiteral("4711")); };
    QCOMPARE(members(), 1);
    list->forceActiveFocus(Qt::TabFocusReason);
    QVERIFY(ConsoleScene::accessibleDescription(rowsOf(scene).first()).contains(QStringLiteral("batch of 5")));
    const bool paused = scene.time().isPaused();
    const qint64 end = scene.time().endMs();
    scene.key(Qt::Key_Right);
    QCOMPARE(members(), 5);
    scene.key(Qt::Key_Right);  // it is unfolded
    QCOMPARE(members(), 5);
    scene.key(Qt::Key_Down);
    scene.key(Qt::Key_Down);
    scene.key(Qt::Key_Left);  // on one of its requests
    QCOMPARE(members(), 1);
    QCOMPARE(scene.time().isPaused(), paused);  // the bar of time has these keys elsewhere
    QCOMPARE(scene.time().endMs(), end);
    scene.key(Qt::Key_Home);
    scene.key(Qt::Key_Menu);
    scene.settle();
    scene.click(scene.byObjectName(QStringLiteral("fold")));
    scene.settle();
    QCOMPARE(members(), 5);
}

/// It opened the settings wherever they had been left.
void TestTables::editLimitsOpensTheLimit()
{
    ConsoleScene scene({.page = QStringLiteral("connections")});
    scene.step(3);
    for (const char* protocol : {"gRPC", "HTTP"}) {
        scene.open(QStringLiteral("connections"));
        const QStringList protocols = listed(scene.byObjectName(QStringLiteral("connections")), "protocol");
        const auto at = protocols.indexOf(QString::fromLatin1(protocol));
        QVERIFY(at >= 0);
        scene.click(rowsOf(scene).at(at), {0.5, 0.5}, {}, Qt::RightButton);
        scene.click(scene.named(QStringLiteral("Edit limits")));
        QTRY_COMPARE(scene.shell().pageKey(), QStringLiteral("settings"));
        const QString path = QStringLiteral("pool.%1_size_max").arg(QString::fromLatin1(protocol).toLower());
        QTRY_VERIFY_WITH_TIMEOUT(scene.focused() && scene.focused()->objectName() == path, kPageMadeMs);
        QVERIFY(scene.byObjectName(path));  // in sight
    }
}

/// Ages and uses were in the tooltips of squares only.
void TestTables::connectionsAreATable()
{
    ConsoleScene scene({.page = QStringLiteral("connections")});
    scene.step(5);
    auto& page = viewModel<ConnectionsViewModel>(scene, "connections");
    int open = 0;
    for (const auto& pool : scene.session().frame().pools().pools()) open += pool.connections_size();
    QVERIFY(open > 1);
    QCOMPARE(page.connections()->rowCount(), 0);  // nobody looks at them
    scene.click(scene.byObjectName(QStringLiteral("connections-as-table")));
    scene.settle();
    QQuickItem* list = scene.byObjectName(QStringLiteral("open-connections"));
    QVERIFY(list);
    QCOMPARE(listed(list, "age").size(), open);
    const auto& connection = scene.session().frame().pools().pools(0).connections(0);
    const auto& row = page.connections()->rows().constFirst();
    QCOMPARE(row.age, format::span(static_cast<qint64>(connection.age_ms())));
    QCOMPARE(row.uses, format::count(static_cast<double>(connection.uses())));
    QCOMPARE(row.unusedMs.has_value(), connection.state() == control::CONNECTION_PHASE_IDLE);
    // Sorted by age, by its heading.
    for (QQuickItem* head : scene.ofType(QStringLiteral("DataTableHeaderCell"))) {
        if (ConsoleScene::accessibleName(head) == QStringLiteral("Age")) scene.click(head);
    }
    scene.settle();
    auto* rows = list->property("model").value<QAbstractItemModel*>();
    const int age = rows->roleNames().key("ageMs");
    for (int i = 1; i < rows->rowCount(); ++i)
        QVERIFY(rows->index(i - 1, 0).data(age).toDouble() >= rows->index(i, 0).data(age).toDouble());
    // T goes there and back.
    list->forceActiveFocus(Qt::TabFocusReason);
    scene.key(Qt::Key_T);
    scene.settle();
    QVERIFY(!scene.byObjectName(QStringLiteral("open-connections")));
    QCOMPARE(page.connections()->rowCount(), 0);
}

void TestTables::manyModelsAreSearchedAndLoaded()
{
    ConsoleScene scene({.size = {1024, 640}, .page = QStringLiteral("models")});
    giveModels(scene, 62);
    const QStringList names = listed(scene.byObjectName(QStringLiteral("models")), "name");
    QCOMPARE(names.size(), 62);
    QVERIFY(names.at(1).endsWith(QStringLiteral("-2")));  // natural order: 2 before 10
    QVERIFY(names.at(9).endsWith(QStringLiteral("-10")));
    scene.click(scene.byObjectName(QStringLiteral("load-model")));
    scene.settle();
    QQuickItem* choices = scene.byObjectName(QStringLiteral("load-choices"));
    QVERIFY(choices);
    QCOMPARE(choices->property("count").toInt(), 62);
    const QRectF place = choices->mapRectToScene(choices->boundingRect());
    QVERIFY(QRectF(0, 0, 1024, 640).contains(place));
    scene.type(QStringLiteral("-17"));
    scene.settle();
    QCOMPARE(choices->property("count").toInt(), 1);
    scene.key(Qt::Key_Return);
    scene.settle();
    QVERIFY(!scene.byObjectName(QStringLiteral("load-choices")));
    QVERIFY(scene.shell().toast().contains(QStringLiteral("-17")));
}

void TestTables::theMatrixStandsStill()
{
    ConsoleScene scene({.page = QStringLiteral("models")});
    scene.step(2);
    auto& page = viewModel<ModelsViewModel>(scene, "models");
    const QStringList before = page.matrixNames();
    QVERIFY(before.size() > 2);
    // The engine lists models by use, and ties change places all the time.
    auto frame = scene.client().world().fullFrame();
    auto& prediction = *frame.mutable_models()->mutable_prediction();
    auto& names = *prediction.mutable_transition_models();
    const int count = names.size();
    const double share = prediction.transitions(0 * count + 1);
    std::swap(names[0], names[count - 1]);
    Q_EMIT scene.client().frameArrived(frame);
    QCOMPARE(page.matrixNames(), before);
    Q_UNUSED(share)
    const QString text = page.predictionText();
    prediction.set_best_expert("another");
    Q_EMIT scene.client().frameArrived(frame);
    QCOMPARE(page.predictionText(), text);
}

void TestTables::streamsLeaveThePageAsItIs()
{
    ConsoleScene scene({.page = QStringLiteral("streams")});
    scene.step(2);
    const auto places = [&] {
        QList<double> out;
        for (QQuickItem* card : scene.ofType(QStringLiteral("ChartCard"))) out.append(card->mapToScene(QPointF()).y());
        return out;
    };
    QList<double> first;
    for (const int count : {0, 1, 3, 6, 12}) {
        auto frame = scene.client().world().fullFrame();
        auto& section = *frame.mutable_streams();
        section.clear_streams();
        for (int i = 0; i < count; ++i) {
            auto& stream = *section.add_streams();
            stream.set_id(static_cast<std::uint64_t>(i + 1));
            stream.set_client("agent");
            stream.set_state(control::STREAM_PHASE_STREAMING);
            stream.set_window_bytes(1000);
        }
        Q_EMIT scene.client().frameArrived(frame);
        scene.settle();
        if (first.isEmpty()) first = places();
        QCOMPARE(places(), first);
    }
    QVERIFY(!first.isEmpty());
}

void TestTables::aStreamIsCancelledOnItsPage()
{
    ConsoleScene scene({.page = QStringLiteral("streams")});
    scene.step(30);
    auto& page = viewModel<StreamsViewModel>(scene, "streams");
    QVERIFY(page.hasAny());
    const QList<QQuickItem*> rows = rowsOf(scene);
    QVERIFY(!rows.isEmpty());
    scene.click(rows.first(), {0.5, 0.5}, {}, Qt::RightButton);
    scene.click(scene.byObjectName(QStringLiteral("cancel-stream")));
    scene.settle();
    QCOMPARE(scene.shell().toast(), QStringLiteral("Stream cancelled"));
}

void TestTables::actionsAreReportedAndUndone()
{
    ConsoleScene scene({.page = QStringLiteral("models")});
    scene.step(2);
    auto& models = viewModel<ModelsViewModel>(scene, "models");
    const QString name = models.models()->rows().constFirst().name;
    const bool pinned = models.models()->rows().constFirst().pinned;
    models.pin(name, !pinned);
    scene.settle();
    QVERIFY(scene.shell().toast().contains(name));
    scene.step();
    QCOMPARE(models.models()->rows().constFirst().pinned, !pinned);
    QQuickItem* undo = scene.byObjectName(QStringLiteral("undo"));
    QVERIFY(undo);
    scene.click(undo);
    scene.settle();
    scene.step();
    QCOMPARE(models.models()->rows().constFirst().pinned, pinned);
    QVERIFY(!scene.byObjectName(QStringLiteral("undo")));  // once

    scene.open(QStringLiteral("connections"));
    auto& connections = viewModel<ConnectionsViewModel>(scene, "connections");
    const QString backend = connections.pools()->rows().constFirst().backend;
    connections.drain(backend, true);
    scene.settle();
    scene.step();
    QVERIFY(connections.pools()->rows().constFirst().draining);
    scene.click(scene.byObjectName(QStringLiteral("undo")));
    scene.settle();
    scene.step();
    QVERIFY(!connections.pools()->rows().constFirst().draining);
    scene.client().failCalls(QStringLiteral("the engine is busy"));
    connections.drain(backend, true);
    scene.settle();
    QVERIFY(scene.shell().isToastBad());
    QVERIFY(!scene.byObjectName(QStringLiteral("undo")));
}

void TestTables::stagesWithoutAPageOfTheirOwnLead_data()
{
    QTest::addColumn<QString>("stage");
    QTest::addColumn<QString>("page");
    QTest::newRow("clients") << "Clients"
                             << "requests";
    QTest::newRow("inference") << "Inference"
                               << "connections";
    QTest::newRow("batches") << "Batches"
                             << "batches";
}

void TestTables::stagesWithoutAPageOfTheirOwnLead()
{
    QFETCH(QString, stage);
    QFETCH(QString, page);
    ConsoleScene scene({.page = QStringLiteral("flow")});
    scene.step(2);
    for (QQuickItem* card : scene.ofType(QStringLiteral("StageCard"))) {
        if (card->property("title").toString() != stage) continue;
        scene.click(card);
        scene.settle();
        QCOMPARE(scene.shell().pageKey(), page);
        return;
    }
    QFAIL("no such stage");
}

CONSOLE_TEST_MAIN(TestTables)
#include "tst_tables.moc"
