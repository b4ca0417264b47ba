// SPDX-License-Identifier: GPL-3.0-or-later
#include "console_scene.h"

#include <QtTest/QTest>

using namespace millrace::desktop;

/// The cards of key figures: each leads to where its figure is explained, by mouse and by keys.
class TestKeyFigures : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void cardsLeadToWhatExplainsThem_data();
    void cardsLeadToWhatExplainsThem();
    void cardsCanBeRead_data() { cardsLeadToWhatExplainsThem_data(); }
    void cardsCanBeRead();
    void cardsAreReachedByKeys();
    void cardsShowThatTheyCanBeClicked();
    void theMarkFadesAndTheSameIsShownAgain();

private:
    static QQuickItem* highlighted(const ConsoleScene& scene);
};

/// The panel or chart that the user was led to, where it is seen; null and a message: there is none.
QQuickItem* TestKeyFigures::highlighted(const ConsoleScene& scene)
{
    QQuickItem* found = nullptr;
    ConsoleScene::visit(scene.window()->contentItem(), [&](QQuickItem* item) {
        // Not the buttons, which may be highlighted, too.
        if (item->inherits("QQuickRectangle") && item->property("highlighted").toBool()) found = item;
    });
    if (!found) qInfo("nothing is marked");
    return found;
}

void TestKeyFigures::cardsLeadToWhatExplainsThem_data()
{
    QTest::addColumn<QString>("page");
    QTest::addColumn<QSize>("size");
    for (const char* page : {"flow", "connections", "batches", "models", "streams"}) {
        QTest::addRow("%s, 1440 wide", page) << page << QSize(1440, 900);
        QTest::addRow("%s, 1024 wide", page) << page << QSize(1024, 640);
    }
}

void TestKeyFigures::cardsLeadToWhatExplainsThem()
{
    QFETCH(QString, page);
    QFETCH(QSize, size);
    ConsoleScene scene({.size = size, .page = page});
    scene.step(20);
    const qsizetype count = scene.ofType(QStringLiteral("KpiCard")).size();
    QVERIFY(count >= 5);
    for (qsizetype i = 0; i < count; ++i) {
        scene.open(page);
        QQuickItem* card = scene.ofType(QStringLiteral("KpiCard")).at(i);
        const QString title = card->property("title").toString();
        for (QQuickItem* view = card->parentItem(); view; view = view->parentItem()) {
            if (view->inherits("QQuickFlickable")) view->setProperty("contentY", 0);
        }
        scene.settle();
        scene.click(card);
        scene.settle();
        QQuickItem* shown = highlighted(scene);
        QVERIFY2(shown, qPrintable(title));
        // In sight, and with the keys.
        const auto inSight = [&] {
            const qreal top = shown->mapToScene(QPointF(0, 0)).y();
            return top >= 0 && top < scene.window()->height() - 60;
        };
        QTRY_VERIFY2(inSight(), qPrintable(title));
        const auto hasKeys = [&] {
            for (const QQuickItem* item = scene.focused(); item; item = item->parentItem())
                if (item == shown) return true;
            return false;
        };
        QTRY_VERIFY2(hasKeys(), qPrintable(title));
    }
}

/// Nothing in them is cut, however narrow the window.
void TestKeyFigures::cardsCanBeRead()
{
    QFETCH(QString, page);
    QFETCH(QSize, size);
    ConsoleScene scene({.size = size, .page = page});
    scene.step(20);
    for (QQuickItem* card : scene.ofType(QStringLiteral("KpiCard"))) {
        for (const QQuickItem* part : card->findChildren<QQuickItem*>()) {
            if (!part->isVisible() || !part->property("truncated").toBool()) continue;
            QFAIL(qPrintable(card->property("title").toString() + ": " + part->property("text").toString()));
        }
    }
}

void TestKeyFigures::cardsAreReachedByKeys()
{
    ConsoleScene scene({.page = QStringLiteral("flow")});
    scene.step(5);
    QQuickItem* card = scene.ofType(QStringLiteral("KpiCard")).last();
    QCOMPARE(card->property("title").toString(), QStringLiteral("Prediction accuracy"));
    bool reached = false;
    for (int i = 0; i < 60 && !reached; ++i) {
        scene.key(Qt::Key_Tab);
        reached = scene.focused() == card;
    }
    QVERIFY(reached);
    scene.key(Qt::Key_Return);
    scene.settle();
    QCOMPARE(scene.shell().pageKey(), QStringLiteral("models"));
    QVERIFY(highlighted(scene));
}

void TestKeyFigures::cardsShowThatTheyCanBeClicked()
{
    ConsoleScene scene({.page = QStringLiteral("batches")});
    scene.step(5);
    QQuickItem* card = scene.ofType(QStringLiteral("KpiCard")).first();
    const QVariant calm = card->property("color");
    scene.hover(card, {0.5, 0.3});
    QVERIFY(card->property("color") != calm);
    QCOMPARE(card->property("hint").toString(), QStringLiteral("Show it on this page"));
    scene.leave();
    QCOMPARE(card->property("color"), calm);
}

void TestKeyFigures::theMarkFadesAndTheSameIsShownAgain()
{
    ConsoleScene scene({.page = QStringLiteral("models")});
    scene.step(5);
    scene.shell().openFigure(QStringLiteral("models#loads"));
    scene.settle();
    QVERIFY(highlighted(scene));
    QTRY_VERIFY_WITH_TIMEOUT(scene.shell().highlightedFigure().isEmpty(), 5000);
    scene.shell().openFigure(QStringLiteral("models#loads"));
    scene.settle();
    QVERIFY(highlighted(scene));
    scene.open(QStringLiteral("flow"));
    QVERIFY(scene.shell().highlightedFigure().isEmpty());  // the way there was left
}

CONSOLE_TEST_MAIN(TestKeyFigures)
#include "tst_key_figures.moc"
