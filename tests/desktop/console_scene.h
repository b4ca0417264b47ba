// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/fake_engine_client.h"
#include "format/translation.h"
#include "items/console_qml_engine.h"
#include "support/qml_warnings.h"
#include "viewmodels/preferences.h"
#include "viewmodels/session.h"
#include "viewmodels/shell_view_model.h"

#include <QtCore/QPointF>
#include <QtCore/QSize>
#include <QtCore/QStringList>
#include <QtGui/QImage>
#include <QtQuick/QQuickItem>
#include <QtQuick/QQuickWindow>

#include <functional>
#include <memory>

namespace millrace::desktop {

/// The whole console in a window, over an engine that is not there, driven as a user drives it: by mouse and keys.
///
/// It loads Main.qml, finds what is *seen* by objectName, by the name that a screen reader says, or by QML type, and
/// collects every warning that arrives while it lives. Warnings that nobody took fail the running test when it ends:
/// a TypeError in a binding or a component that cannot be made is a defect, wherever the test looked.
///
///     ConsoleScene scene({.page = "connections"});
///     scene.click(scene.named("Pause"));
///     QVERIFY(scene.session().time()->isPaused());
///
/// Time stands still: step() moves the engine's clock and hands over what came of it; nothing sleeps. Over a real
/// engine (Options::engine) time goes on by itself, and tests wait for what they expect (QTRY_…, settle()). A program
/// that uses it has CONSOLE_TEST_MAIN(TestX) in place of QTEST_MAIN.
class ConsoleScene {
public:
    static constexpr std::int64_t kStartMs = 1'700'000'000'000;

    struct Options {
        QSize size{1440, 900};
        bool dark = true;
        QLocale::Language language = QLocale::English;
        QString page{};          ///< key such as "connections"; empty: the first one
        QString preferences{};   ///< file; empty: nothing is remembered
        QString bench{};         ///< program of the sample load; empty: there is none
        std::uint32_t seed = 7;  ///< of the made-up engine
        bool start = true;       ///< attach at once; else client().start() does
        std::function<std::unique_ptr<EngineClient>()>
            engine{};  ///< a real one; then there is no client(), and time goes on
    };

    ConsoleScene() : ConsoleScene(Options()) {}
    explicit ConsoleScene(const Options& options);
    ~ConsoleScene();
    ConsoleScene(const ConsoleScene&) = delete;
    ConsoleScene& operator=(const ConsoleScene&) = delete;

    QQuickWindow* window() const { return window_; }
    FakeEngineClient& client() const { return *client_; }
    Session& session() const { return *session_; }
    ShellViewModel& shell() const { return *shell_; }
    Preferences& preferences() const { return *preferences_; }
    TimeView& time() const { return *session_->time(); }

    void open(const QString& page);  ///< by its key
    void step(int seconds = 1);      ///< the engine's clock, second by second, each with a frame
    void settle();                   ///< until what was posted is done and a frame has been drawn

    // ---- finding: what is seen only, null (and a message) where there is nothing ----
    QQuickItem* byObjectName(const QString& name) const;
    QQuickItem* named(const QString& accessibleName) const;   ///< whole name, as read out
    QList<QQuickItem*> ofType(const QString& qmlType) const;  ///< such as "ChartCard", in order of the scene
    /// Below an item.
    static QList<QQuickItem*> ofType(QQuickItem* root, const QString& qmlType);
    /// Each item that is seen, from `root` down. Pages are no QObject children of the window: items are what is there.
    static void visit(QQuickItem* root, const std::function<void(QQuickItem*)>& each);
    static QString accessibleName(QQuickItem* item);
    static QString accessibleDescription(QQuickItem* item);
    QQuickItem* focused() const { return window_->activeFocusItem(); }

    // ---- acting; `at` is a place within the item, 0..1 ----
    void hover(QQuickItem* item, QPointF at = {0.5, 0.5});
    void leave();  ///< the pointer goes to a corner where nothing is
    void click(QQuickItem* item, QPointF at = {0.5, 0.5}, Qt::KeyboardModifiers modifiers = {},
               Qt::MouseButton button = Qt::LeftButton);
    void doubleClick(QQuickItem* item, QPointF at = {0.5, 0.5});
    void wheel(QQuickItem* item, int notches, QPointF at = {0.5, 0.5}, Qt::KeyboardModifiers modifiers = {});
    void drag(QQuickItem* item, QPointF from, QPointF to);
    void key(Qt::Key key, Qt::KeyboardModifiers modifiers = {});
    void type(const QString& text);

    QImage grab();
    /// How many colours a picture has, coarsely: a blank one has very few.
    static int colours(const QImage& image);

    /// What was warned of so far; taken ones do not fail the test.
    QStringList takeWarnings();

    /// Of a test program: platform, renderer, style and a QApplication as the console has them.
    static int run(int argc, char** argv, int (*tests)(int, char**));

private:
    QPoint place(QQuickItem* item, QPointF at) const;

    QmlWarnings warnings_;  // first: it hears what the others say
    Translation translation_;
    std::unique_ptr<Preferences> preferences_;
    FakeEngineClient* client_ = nullptr;  // the session owns it; null over a real engine
    std::unique_ptr<Session> session_;
    std::unique_ptr<ShellViewModel> shell_;
    std::unique_ptr<ConsoleQmlEngine> engine_;
    QQuickWindow* window_ = nullptr;
    quint64 wheelAtMs_ = 1000;
};

}  // namespace millrace::desktop

#define CONSOLE_TEST_MAIN(Test)                                                       \
    int main(int argc, char** argv)                                                   \
    {                                                                                 \
        return millrace::desktop::ConsoleScene::run(argc, argv, [](int c, char** v) { \
            Test test;                                                                \
            return QTest::qExec(&test, c, v);                                         \
        });                                                                           \
    }
