// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lists/stage_list.h"
#include "viewmodels/page_view_model.h"

namespace millrace::desktop {

/// The pipeline with live figures, the bottleneck marked, and the key figures beside their goals.
class FlowViewModel : public millrace::desktop::PageViewModel {  // whole name: moc passes it on as written
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the shell has one")
    Q_PROPERTY(millrace::desktop::StageList* stages READ stages CONSTANT FINAL)
    Q_PROPERTY(millrace::desktop::KpiList* kpis READ kpis CONSTANT FINAL)
    Q_PROPERTY(double bufferPause READ bufferPause NOTIFY changed FINAL)  ///< bytes; 0: unknown
    Q_PROPERTY(double latencyGoal READ latencyGoal CONSTANT FINAL)
    Q_PROPERTY(double reuseGoal READ reuseGoal CONSTANT FINAL)
    Q_PROPERTY(double preloadGoal READ preloadGoal CONSTANT FINAL)
    Q_PROPERTY(bool moving READ isMoving NOTIFY changed FINAL)  ///< requests are in flight
public:
    explicit FlowViewModel(Session& session, QObject* parent = nullptr);

    StageList* stages() { return &stages_; }
    KpiList* kpis() { return &kpis_; }
    double bufferPause() const { return bufferPause_; }
    double latencyGoal() const;
    double reuseGoal() const;
    double preloadGoal() const;
    bool isMoving() const { return moving_; }
    void refresh() override;

Q_SIGNALS:
    void changed();

private:
    void refreshStages();
    void refreshKpis();

    StageList stages_;
    KpiList kpis_;
    double bufferPause_ = 0;
    bool moving_ = false;
};

}  // namespace millrace::desktop
