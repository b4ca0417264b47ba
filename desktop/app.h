// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "format/translation.h"
#include "items/console_qml_engine.h"

#include <QtCore/QObject>
#include <QtCore/QSize>
#include <QtCore/QString>
#include <QtCore/QTimer>

#include <memory>

QT_FORWARD_DECLARE_CLASS(QQuickWindow)

namespace millrace::desktop {

class DesktopBus;
class Notifications;
class Preferences;
class Session;
class ShellViewModel;
struct WindowGeometry;

/// The console put together: client, session, view-models, window.
class App : public QObject {
    Q_OBJECT
public:
    struct Options {
        QString control;  ///< socket; empty: the default one
        bool demo = false;
        bool noStart = false;
        bool sampleLoad = false;  ///< started as soon as there is an engine
        QString theme;            ///< "", system, light, dark
        QString language;         ///< "", system, en, de
        QString page;
        QSize size;
        QString screenshots;     ///< folder; empty: none are made
        int settleSeconds = 20;  ///< how long data may gather before
        QString preferences;     ///< file; empty: nothing is remembered
        bool notify = false;     ///< desktop notifications while the window is not active
    };

    explicit App(Options options, QObject* parent = nullptr);
    ~App() override;

    bool load();  ///< false: the window could not be made; the reason went to stderr
    QQuickWindow* window() const { return window_; }
    ShellViewModel* shell() const { return shell_.get(); }

private:
    void makeShell();
    bool loadWindow();
    void openWindow();
    void showWindow(const WindowGeometry& geometry, bool maximized);
    void changeLanguage();
    void keepGeometry();

    Options options_;
    Translation translation_;
    std::unique_ptr<Preferences> preferences_;
    std::unique_ptr<Session> session_;
    std::unique_ptr<ShellViewModel> shell_;
    std::unique_ptr<DesktopBus> bus_;
    std::unique_ptr<Notifications> notifications_;
    std::unique_ptr<ConsoleQmlEngine> engine_;
    QQuickWindow* window_ = nullptr;
    QTimer geometryTimer_;
};

}  // namespace millrace::desktop
