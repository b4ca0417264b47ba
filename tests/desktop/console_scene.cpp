// SPDX-License-Identifier: GPL-3.0-or-later
#include "console_scene.h"

#include <QtCore/QSet>
#include <QtGui/QAccessible>
#include <QtGui/QWheelEvent>
#include <QtQuickControls2/QQuickStyle>
#include <QtTest/QTest>
#include <QtWidgets/QApplication>

#include <algorithm>

namespace millrace::desktop {
namespace {

constexpr quint64 kWheelStepMs = 100;  // between two notches
constexpr int kWheelNotch = 120;       // eighths of a degree, as mice report one
constexpr int kLoadMs = 20'000;
constexpr int kDragSteps = 6;

template <class Match>
QQuickItem* first(QQuickItem* root, const Match& match)
{
    QQuickItem* found = nullptr;
    ConsoleScene::visit(root, [&](QQuickItem* item) {
        if (!found && match(item)) found = item;
    });
    return found;
}

QString spoken(QQuickItem* item, QAccessible::Text what)
{
    QAccessibleInterface* interface = QAccessible::queryAccessibleInterface(item);
    return interface ? interface->text(what) : QString();
}

}  // namespace

void ConsoleScene::visit(QQuickItem* root, const std::function<void(QQuickItem*)>& each)
{
    if (!root->isVisible()) return;
    each(root);
    const auto children = root->childItems();
    for (QQuickItem* child : children) visit(child, each);
}

ConsoleScene::ConsoleScene(const Options& options)
{
    translation_.use(options.language);
    preferences_ = std::make_unique<Preferences>(options.preferences);
    preferences_->setTheme(options.dark ? Preferences::Dark : Preferences::Light);
    std::unique_ptr<EngineClient> engine;
    if (options.engine) {
        engine = options.engine();
    } else {
        engine = std::make_unique<FakeEngineClient>(false, kStartMs, options.seed);
        client_ = static_cast<FakeEngineClient*>(engine.get());
    }
    session_ = std::make_unique<Session>(std::move(engine));
    session_->setPreferences(preferences_.get());
    shell_ = std::make_unique<ShellViewModel>(*session_, *preferences_, options.bench);
    if (!options.page.isEmpty()) shell_->openPage(options.page);
    engine_ = std::make_unique<ConsoleQmlEngine>();
    engine_->addImportPath(QStringLiteral("qrc:/qt/qml"));
    engine_->setInitialProperties({{QStringLiteral("shell"), QVariant::fromValue(shell_.get())},
                                   {QStringLiteral("width"), options.size.width()},
                                   {QStringLiteral("height"), options.size.height()}});
    engine_->load(QUrl(QStringLiteral("qrc:/qt/qml/Millrace/Main.qml")));
    if (!engine_->rootObjects().isEmpty()) window_ = qobject_cast<QQuickWindow*>(engine_->rootObjects().constFirst());
    if (!window_) qFatal("Main.qml could not be loaded");
    window_->requestActivate();
    // A move to where the pointer was left by the scene before would be none.
    QTest::mouseMove(window_, QPoint(1, window_->height() - 1));
    if (options.start) session_->client().start();
    settle();
}

ConsoleScene::~ConsoleScene()
{
    // The window refers to the view-models; what it says while it goes counts as well.
    engine_.reset();
    shell_.reset();
    session_.reset();
    const QStringList left = takeWarnings();
    if (!left.isEmpty()) QTest::qFail(qPrintable(left.join(u'\n')), __FILE__, __LINE__);
}

void ConsoleScene::open(const QString& page)
{
    if (shell_->pages()->indexOf(page) < 0) qFatal("there is no page %s", qPrintable(page));
    shell_->openPage(page);
    settle();
}

void ConsoleScene::step(int seconds)
{
    for (int i = 0; i < seconds; ++i) {
        client_->step(1000);
        // What a second changes is told in it; drawn is one of ten.
        QCoreApplication::sendPostedEvents();
        if (i % 10 == 9) QCoreApplication::processEvents();
    }
    settle();
}

void ConsoleScene::settle()
{
    // A page that is opened is made in slices.
    if (!QTest::qWaitFor([this] { return !window_->property("loading").toBool(); }, kLoadMs))
        qFatal("the page was not made in time");
    // So are the rows of a table that comes back into sight.
    const auto filling = [this] {
        bool any = false;
        visit(window_->contentItem(), [&](QQuickItem* item) {
            const int ready = item->metaObject()->indexOfProperty("rowsReady");  // a DataTable, or what is made of one
            any = any || (ready >= 0 && item->metaObject()->property(ready).read(item).toInt() >= 0);
        });
        return any;
    };
    if (!QTest::qWaitFor([&] { return !filling(); }, kLoadMs)) qFatal("the rows were not made in time");
    for (int i = 0; i < 3; ++i) {
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        QCoreApplication::processEvents();
    }
    window_->grabWindow();  // polishes, synchronises and draws: layouts are in place afterwards
    QCoreApplication::processEvents();
}

QQuickItem* ConsoleScene::byObjectName(const QString& name) const
{
    QQuickItem* found =
        first(window_->contentItem(), [&](const QQuickItem* item) { return item->objectName() == name; });
    if (!found) qInfo("nothing that is seen has the objectName \"%s\"", qPrintable(name));
    return found;
}

QQuickItem* ConsoleScene::named(const QString& accessibleName) const
{
    QQuickItem* found = first(window_->contentItem(),
                              [&](QQuickItem* item) { return spoken(item, QAccessible::Name) == accessibleName; });
    if (!found) qInfo("nothing that is seen is called \"%s\"", qPrintable(accessibleName));
    return found;
}

QList<QQuickItem*> ConsoleScene::ofType(const QString& qmlType) const
{
    return ofType(window_->contentItem(), qmlType);
}

QList<QQuickItem*> ConsoleScene::ofType(QQuickItem* root, const QString& qmlType)
{
    // Types of QML files are Name_QMLTYPE_n; those of C++ end in their name.
    QList<QQuickItem*> found;
    visit(root, [&](QQuickItem* item) {
        const QString name = QString::fromLatin1(item->metaObject()->className());
        if (name.startsWith(qmlType + u'_') || name == qmlType || name.endsWith(QStringLiteral("::") + qmlType))
            found.append(item);
    });
    return found;
}

QString ConsoleScene::accessibleName(QQuickItem* item)
{
    return spoken(item, QAccessible::Name);
}

QString ConsoleScene::accessibleDescription(QQuickItem* item)
{
    return spoken(item, QAccessible::Description);
}

QPoint ConsoleScene::place(QQuickItem* item, QPointF at) const
{
    if (!item) qFatal("the item to act on is not there");
    const QPointF inside(std::min(at.x() * item->width(), item->width() - 1),
                         std::min(at.y() * item->height(), item->height() - 1));
    return item->mapToScene(inside).toPoint();
}

void ConsoleScene::hover(QQuickItem* item, QPointF at)
{
    QTest::mouseMove(window_, place(item, at));
    settle();
}

void ConsoleScene::leave()
{
    QTest::mouseMove(window_, QPoint(1, window_->height() - 1));
    settle();
}

void ConsoleScene::click(QQuickItem* item, QPointF at, Qt::KeyboardModifiers modifiers, Qt::MouseButton button)
{
    const QPoint where = place(item, at);
    QTest::mouseMove(window_, where);
    QTest::mouseClick(window_, button, modifiers, where);
    settle();
}

void ConsoleScene::doubleClick(QQuickItem* item, QPointF at)
{
    // As a mouse does it: press, release, the second press that is the double click, release.
    const QPoint where = place(item, at);
    QTest::mouseMove(window_, where);
    QTest::mouseDClick(window_, Qt::LeftButton, {}, where);
    settle();
}

void ConsoleScene::wheel(QQuickItem* item, int notches, QPointF at, Qt::KeyboardModifiers modifiers)
{
    const QPoint where = place(item, at);
    QTest::mouseMove(window_, where);
    QWheelEvent event(QPointF(where), window_->mapToGlobal(QPointF(where)), {}, QPoint(0, notches * kWheelNotch),
                      Qt::NoButton, modifiers, Qt::NoScrollPhase, false);
    // A Flickable takes no two events of one moment for scrolling.
    event.setTimestamp(wheelAtMs_ += kWheelStepMs);
    QCoreApplication::sendEvent(window_, &event);
    settle();
}

void ConsoleScene::drag(QQuickItem* item, QPointF from, QPointF to)
{
    QTest::mouseMove(window_, place(item, from));
    QTest::mousePress(window_, Qt::LeftButton, {}, place(item, from));
    for (int i = 1; i <= kDragSteps; ++i) {
        QTest::mouseMove(window_, place(item, from + (to - from) * i / kDragSteps));
        QCoreApplication::processEvents();
    }
    QTest::mouseRelease(window_, Qt::LeftButton, {}, place(item, to));
    settle();
}

void ConsoleScene::key(Qt::Key key, Qt::KeyboardModifiers modifiers)
{
    QTest::keyClick(window_, key, modifiers);
    settle();
}

void ConsoleScene::type(const QString& text)
{
    for (const QChar letter : text) QTest::keyClick(window_, letter.toLatin1());
    settle();
}

QImage ConsoleScene::grab()
{
    settle();
    return window_->grabWindow();
}

int ConsoleScene::colours(const QImage& image)
{
    QSet<QRgb> seen;
    for (int y = 0; y < image.height(); y += 7) {
        for (int x = 0; x < image.width(); x += 7) seen.insert(image.pixel(x, y) & 0xF0F0F0);
    }
    return static_cast<int>(seen.size());
}

QStringList ConsoleScene::takeWarnings()
{
    return warnings_.take();
}

int ConsoleScene::run(int argc, char** argv, int (*tests)(int, char**))
{
    if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
    if (!qEnvironmentVariableIsSet("QT_QUICK_BACKEND")) qputenv("QT_QUICK_BACKEND", "software");
    QApplication application(argc, argv);
    QQuickStyle::setFallbackStyle(QStringLiteral("Basic"));
    QQuickStyle::setStyle(QStringLiteral("Millrace.Style"));
    QAccessible::setActive(true);
    return tests(argc, argv);
}

}  // namespace millrace::desktop
