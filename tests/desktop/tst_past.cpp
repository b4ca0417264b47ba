// SPDX-License-Identifier: GPL-3.0-or-later
#include "console_scene.h"
#include "control.pb.h"

#include <QtCore/QHash>
#include <QtCore/QMetaProperty>
#include <QtTest/QTest>

using namespace millrace::desktop;

namespace {

/// What an item tells: the words of a text, the data of a painted one.
QString told(QQuickItem* item)
{
    const QString type = QString::fromLatin1(item->metaObject()->className());
    if (item->inherits("QQuickText")) return item->property("text").toString();
    // Of charts the curves and their readings; where the pointer is does not matter.
    static const QStringList kData{QStringLiteral("values"),   QStringLiteral("shares"), QStringLiteral("heights"),
                                   QStringLiteral("widths"),   QStringLiteral("kinds"),  QStringLiteral("hints"),
                                   QStringLiteral("xs"),       QStringLiteral("ys"),     QStringLiteral("names"),
                                   QStringLiteral("begins"),   QStringLiteral("ends"),   QStringLiteral("labels"),
                                   QStringLiteral("strengths")};
    if (!type.startsWith(QStringLiteral("millrace::desktop::"))) return {};
    QString text;
    for (const QString& name : kData) {
        const QVariant value = item->property(name.toLatin1().constData());
        if (value.isValid()) QDebug(&text) << name << value;
    }
    return text;
}

void gather(QQuickItem* root, QHash<QQuickItem*, QString>& out)
{
    ConsoleScene::visit(root, [&out](QQuickItem* item) {
        if (const QString text = told(item); !text.isEmpty()) out.insert(item, text);
    });
}

bool hasTag(QQuickItem* item)
{
    if (!item->isVisible()) return false;
    if (item->objectName() == u"now") return true;
    const auto children = item->childItems();
    return std::any_of(children.begin(), children.end(), [](QQuickItem* child) { return hasTag(child); });
}

/// Within something that says it is of now, where one sees it.
bool isMarked(QQuickItem* item)
{
    for (QQuickItem* parent = item; parent; parent = parent->parentItem()) {
        if (parent->property("now").toBool()) return hasTag(parent);
    }
    return false;
}

}  // namespace

/// The time bar shows another moment than now: what stands on the screen is of that moment, or says that it is not.
class TestPast : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whatGoesOnSaysSo_data();
    void whatGoesOnSaysSo();
    void liveThereAreNoTags();
    void figuresGoBackWithTheSeries();
    void figuresThatCannotGoBackAreLeftOut();
};

void TestPast::whatGoesOnSaysSo_data()
{
    QTest::addColumn<QString>("page");
    QTest::addColumn<QSize>("size");
    for (const char* page : {"flow", "requests", "connections", "batches", "models", "streams", "events", "settings"})
        QTest::newRow(page) << page << QSize(1440, 900);
    QTest::newRow("flow, small") << "flow" << QSize(1024, 640);
}

/// Two pictures of the past, ten busy seconds apart: only what is marked may have changed.
void TestPast::whatGoesOnSaysSo()
{
    QFETCH(QString, page);
    QFETCH(QSize, size);
    ConsoleScene scene({.size = size, .page = page});
    scene.step(90);
    scene.time().setWindowIndex(0);
    scene.time().pan(-4);
    scene.step(1);
    QVERIFY(scene.time().isPast());
    QHash<QQuickItem*, QString> before;
    gather(scene.window()->contentItem(), before);
    QVERIFY(before.size() > 20);
    scene.client().drainBackend(QStringLiteral("llama"), true, &scene.session(), [](const auto&) {});
    scene.client().world().addEvent(control::SEVERITY_WARNING, control::EVENT_KIND_CLIENTS_REFUSED, "front",
                                    "too many clients");
    scene.step(10);
    QHash<QQuickItem*, QString> after;
    gather(scene.window()->contentItem(), after);
    QSet<QString> seen(before.cbegin(), before.cend());
    QStringList unmarked;
    for (auto it = after.cbegin(); it != after.cend(); ++it) {
        if (before.value(it.key()) == it.value() || isMarked(it.key())) continue;
        bool timeBar = false;
        for (QQuickItem* parent = it.key(); parent; parent = parent->parentItem())
            timeBar = timeBar || QString::fromLatin1(parent->metaObject()->className()).startsWith(u"TimeBar");
        if (timeBar || seen.contains(it.value())) continue;
        unmarked.append(QStringLiteral("%1: \"%2\", before \"%3\"")
                            .arg(QString::fromLatin1(it.key()->metaObject()->className()), it.value().left(120),
                                 before.value(it.key()).left(120)));
    }
    QVERIFY2(unmarked.isEmpty(), qPrintable(unmarked.join(u'\n')));
}

void TestPast::liveThereAreNoTags()
{
    ConsoleScene scene;
    scene.step(60);
    for (int i = 0; i < scene.shell().pages()->rowCount(); ++i) {
        scene.open(scene.shell().pages()->keyAt(i));
        QVERIFY2(!hasTag(scene.window()->contentItem()), qPrintable(scene.shell().pageKey()));
    }
    scene.time().togglePause();  // a paused view is of one moment, the one at which it was paused
    scene.settle();
    QVERIFY(!hasTag(scene.window()->contentItem()));
}

void TestPast::figuresGoBackWithTheSeries()
{
    ConsoleScene scene;
    scene.step(90);
    scene.time().setWindowIndex(0);
    scene.time().pan(-4);
    scene.settle();
    const auto shown = scene.session().series().at(QStringLiteral("requests_in_flight"), scene.time().endMs());
    QVERIFY(shown);
    QStringList texts;
    for (QQuickItem* card : scene.ofType(QStringLiteral("StageCard"))) texts.append(card->property("value").toString());
    QCOMPARE(texts.value(0), QString::number(std::lround(*shown)));
}

/// "healthy backends (now)" was cut off, "loaded (now)" was known for then.
void TestPast::figuresThatCannotGoBackAreLeftOut()
{
    ConsoleScene scene;
    scene.step(90);
    const auto lines = [&scene] {
        QHash<QString, QString> out;
        for (QQuickItem* card : scene.ofType(QStringLiteral("StageCard"))) {
            const QStringList labels = card->property("labels").toStringList();
            const QStringList values = card->property("values").toStringList();
            for (int i = 0; i < labels.size(); ++i) out.insert(labels.at(i), values.value(i));
        }
        return out;
    };
    const auto live = lines();
    QVERIFY(live.value(QStringLiteral("healthy backends")).contains(QStringLiteral(" of ")));
    scene.time().setWindowIndex(0);
    scene.time().pan(-4);
    scene.settle();
    const auto past = lines();
    QCOMPARE(QSet<QString>(past.keyBegin(), past.keyEnd()), QSet<QString>(live.keyBegin(), live.keyEnd()));
    QCOMPARE(past.value(QStringLiteral("healthy backends")), QStringLiteral("–"));
    QVERIFY(past.value(QStringLiteral("loaded")) != QStringLiteral("–"));
}

CONSOLE_TEST_MAIN(TestPast)
#include "tst_past.moc"
