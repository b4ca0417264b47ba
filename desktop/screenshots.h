// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QElapsedTimer>
#include <QtCore/QObject>
#include <QtCore/QTimer>

QT_FORWARD_DECLARE_CLASS(QQuickWindow)

namespace millrace::desktop {

class ShellViewModel;

/// A PNG of every page in both themes, once data has come or the wait is over; then finished().
class Screenshots : public QObject {
    Q_OBJECT
public:
    /// Enough samples for lines that are worth a look.
    static constexpr int kSamplesMin = 20;

    Screenshots(ShellViewModel& shell, QQuickWindow& window, const QString& folder, int settleSeconds,
                QObject* parent = nullptr);

Q_SIGNALS:
    void finished(bool ok);

private:
    void next();
    void showSomething();

    ShellViewModel& shell_;
    QQuickWindow& window_;
    QString folder_;
    int settleMs_;
    QElapsedTimer since_;
    QTimer timer_;
    int step_ = -1;
    bool ok_ = true;
};

}  // namespace millrace::desktop
