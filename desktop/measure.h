// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QElapsedTimer>
#include <QtCore/QObject>
#include <QtCore/QStringList>
#include <QtCore/QTimer>

#include <vector>

QT_FORWARD_DECLARE_CLASS(QQuickWindow)

namespace millrace::desktop {

class ShellViewModel;

/// What the console costs, for tests/bench/console (desktop/docs/budgets.md): opens every page twice, writes one JSON
/// object on standard output, then finished().
///
/// Thread: GUI. While a page opens, a timer of kBeatMs shows how long the GUI thread kept everything else waiting;
/// while processor time is measured, nothing runs but the console.
class Measure : public QObject {
    Q_OBJECT
public:
    static constexpr int kBeatMs = 2;
    static constexpr int kSettleMs = 4000;  ///< from the first frame on: connecting, history
    static constexpr int kOpenMs = 1200;    ///< in which opening a page may block
    static constexpr int kQuietMs = 800;    ///< between opening and counting processor time

    Measure(ShellViewModel& shell, QQuickWindow& window, int secondsOfPage, QObject* parent = nullptr);

Q_SIGNALS:
    void finished();

private:
    /// The longest time between two beats: how long nothing else was done, and how much of it was work.
    struct Block {
        double wallMs = 0;
        double cpuMs = 0;
    };
    struct Page {
        QString key;
        Block first;     // when it was opened first; of the first page: not known
        Block again;     // and later
        double cpu = 0;  // of one core, while it was open
        qint64 residentBytes = 0;
        QStringList missedGoals;  // in words, when its time was counted
    };
    enum class Step { Settle, Open, Quiet, Count, OpenAgain };

    void firstFrame();
    void beat();
    void next();
    void open(int page);
    void write() const;

    ShellViewModel& shell_;
    QQuickWindow& window_;
    int countMs_;
    double firstFrameMs_ = 0;
    Step step_ = Step::Settle;
    int page_ = 0;
    std::vector<Page> pages_;

    QTimer timer_;  // to the next step
    QTimer beat_;
    QElapsedTimer sinceBeat_;
    double timeAtBeat_ = 0;  // of the thread, milliseconds
    Block block_;
    QElapsedTimer counted_;
    double cpuBefore_ = 0;  // seconds
};

}  // namespace millrace::desktop
