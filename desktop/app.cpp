// SPDX-License-Identifier: GPL-3.0-or-later
#include "app.h"

#include "client/desktop_bus.h"
#include "client/fake_engine_client.h"
#include "client/grpc_engine_client.h"
#include "control/configuration.h"
#include "render_backend.h"
#include "viewmodels/notifications.h"
#include "viewmodels/shell_view_model.h"
#include "viewmodels/window_geometry.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QDateTime>
#include <QtCore/QDir>
#include <QtCore/QFileInfo>
#include <QtGui/QGuiApplication>
#include <QtGui/QScreen>
#include <QtQml/QQmlEngine>
#include <QtQuick/QQuickWindow>

namespace millrace::desktop {
namespace {

// Title bar and borders before the window manager has said how large they are.
constexpr QSize kFrameGuess(4, 44);
constexpr QSize kWindowLeast(1024, 640);
constexpr QSize kWindowWanted(1440, 900);
constexpr int kKeepAfterMs = 400;

const QString kGeometryKey = QStringLiteral("geometry");
const QString kMaximizedKey = QStringLiteral("maximized");

/// A program that is installed or was built beside this one; empty: it is not there.
QString programBeside(const QString& name)
{
    const QFileInfo file(QDir(QCoreApplication::applicationDirPath()).filePath(name));
    return file.isExecutable() ? file.absoluteFilePath() : QString();
}

std::unique_ptr<EngineClient> makeClient(const App::Options& options)
{
    if (options.demo) return std::make_unique<FakeEngineClient>(true, QDateTime::currentMSecsSinceEpoch());
    GrpcEngineClient::Options grpc;
    grpc.socket = options.control.isEmpty() ? GrpcEngineClient::defaultSocket() : options.control;
    grpc.engine = programBeside(QStringLiteral("millraced"));
    // As `desktop/run` does: five of the seven sample models in memory, so that there is something to be seen of loads.
    // It is of no effect but at the first start of all.
    grpc.engineOptions = {QStringLiteral("--first-start"), QStringLiteral("loader.resident_max=5")};
    grpc.startAtOnce = !options.noStart;
    grpc.log = QString::fromStdString(config::defaultStateDir() + "/millraced.log");
    return std::make_unique<GrpcEngineClient>(grpc);
}

}  // namespace

App::App(Options options, QObject* parent) : QObject(parent), options_(std::move(options))
{
    preferences_ = std::make_unique<Preferences>(options_.preferences);
    if (options_.theme == QStringLiteral("light")) preferences_->overrideTheme(Preferences::Light);
    if (options_.theme == QStringLiteral("dark")) preferences_->overrideTheme(Preferences::Dark);
    if (options_.theme == QStringLiteral("system")) preferences_->overrideTheme(Preferences::System);
    if (options_.language == QStringLiteral("system")) preferences_->overrideLanguage(Preferences::DesktopLanguage);
    if (options_.language == QStringLiteral("en")) preferences_->overrideLanguage(Preferences::English);
    if (options_.language == QStringLiteral("de")) preferences_->overrideLanguage(Preferences::German);
    translation_.use(preferences_->spoken());
    // Queued: the request comes from a menu of the window that is replaced.
    connect(preferences_.get(), &Preferences::languageChanged, this, &App::changeLanguage, Qt::QueuedConnection);
    session_ = std::make_unique<Session>(makeClient(options_));
    session_->setPreferences(preferences_.get());
    makeShell();
    if (options_.notify && !options_.demo) {
        bus_ = std::make_unique<DesktopBus>();
        notifications_ = std::make_unique<Notifications>(*session_, [this](const DesktopNotification& notification) {
            // Who looks at the console sees it there.
            if (QGuiApplication::applicationState() != Qt::ApplicationActive) bus_->show(notification);
        });
    }
    if (!options_.page.isEmpty()) shell_->openPage(options_.page);
    if (options_.sampleLoad) shell_->sampleLoad()->startWhenReady();
}

App::~App()
{
    // The window refers to the view-models.
    engine_.reset();
}

void App::makeShell()
{
    shell_ =
        std::make_unique<ShellViewModel>(*session_, *preferences_, programBeside(QStringLiteral("millrace-bench")));
}

bool App::load()
{
    if (!loadWindow()) return false;
    openWindow();
    session_->client().start();
    return true;
}

bool App::loadWindow()
{
    engine_ = std::make_unique<ConsoleQmlEngine>();
    engine_->addImportPath(QStringLiteral("qrc:/qt/qml"));
    engine_->setInitialProperties(
        {{QStringLiteral("shell"), QVariant::fromValue(shell_.get())}, {QStringLiteral("visible"), false}});
    engine_->load(QUrl(QStringLiteral("qrc:/qt/qml/Millrace/Main.qml")));
    if (engine_->rootObjects().isEmpty()) return false;
    window_ = qobject_cast<QQuickWindow*>(engine_->rootObjects().constFirst());
    return window_ != nullptr;
}

// Every text is made anew: the view-models and the window, over the same session. The connection to the engine, its
// figures, events and requests stay; so do page, span of time, pending edits and columns, which are remembered.
void App::changeLanguage()
{
    if (translation_.language() == preferences_->spoken()) return;
    const bool quits = QGuiApplication::quitOnLastWindowClosed();
    QGuiApplication::setQuitOnLastWindowClosed(false);
    const bool sends = shell_->sampleLoad()->isRunning();
    const QString page = shell_->pageKey();
    const bool maximized = window_->visibility() == QWindow::Maximized;
    const QRect geometry = window_->geometry();
    window_ = nullptr;
    engine_.reset();
    shell_.reset();

    translation_.use(preferences_->spoken());
    makeShell();
    shell_->openPage(page);
    if (!loadWindow()) qFatal("the window could not be made");
    showWindow({geometry, true}, maximized);
    if (sends) shell_->sampleLoad()->start();
    QGuiApplication::setQuitOnLastWindowClosed(quits);
}

void App::openWindow()
{
    QList<QRect> screens;
    for (const QScreen* screen : QGuiApplication::screens()) screens.append(screen->availableGeometry());
    const QRect kept = options_.size.isEmpty() ? preferences_->rect(kGeometryKey) : QRect();
    const QSize wanted = options_.size.isEmpty() ? kWindowWanted : options_.size;
    // A size given on the command line is taken as it is.
    const WindowGeometry opening = options_.size.isEmpty()
                                       ? openingGeometry(kept, wanted, kWindowLeast, screens, kFrameGuess)
                                       : WindowGeometry{QRect(QPoint(), wanted), false};
    geometryTimer_.setSingleShot(true);
    geometryTimer_.setInterval(kKeepAfterMs);
    connect(&geometryTimer_, &QTimer::timeout, this, &App::keepGeometry);
    showWindow(opening, options_.size.isEmpty() && preferences_->flag(kMaximizedKey));
}

void App::showWindow(const WindowGeometry& geometry, bool maximized)
{
    window_->resize(geometry.rect.size());
    if (geometry.placed) window_->setPosition(geometry.rect.topLeft());
    window_->create();
    setBackgroundOfWindow(*window_, window_->color());
    if (maximized)
        window_->showMaximized();
    else
        window_->show();

    const auto soon = [this] { geometryTimer_.start(); };
    connect(window_, &QWindow::xChanged, this, soon);
    connect(window_, &QWindow::yChanged, this, soon);
    connect(window_, &QWindow::widthChanged, this, soon);
    connect(window_, &QWindow::heightChanged, this, soon);
    connect(window_, &QWindow::visibilityChanged, this, soon);
}

void App::keepGeometry()
{
    if (!options_.size.isEmpty()) return;  // of this run only
    switch (window_->visibility()) {
        case QWindow::Windowed:
            preferences_->keep(kGeometryKey, window_->geometry());
            preferences_->keep(kMaximizedKey, false);
            return;
        case QWindow::Maximized:
            preferences_->keep(kMaximizedKey, true);
            return;
        default:
            return;
    }
}

}  // namespace millrace::desktop
