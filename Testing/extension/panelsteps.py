"""What tests of the panel do again and again."""


def draw(panel, slicerApplication, seed=4):
    from radiogenomics.mrml.grids import fill_segments
    from radiogenomics.phantom import phantom_case

    phantom = phantom_case(seed, 3.0)
    labels = {roi: phantom.labels[roi] for roi in ("enhancing", "edema")}
    fill_segments(panel.workplace.session.live.node, phantom.labelmap, labels)
    slicerApplication.runTimers(100)


def cells(table, column=0):
    return [table.item(row, column).text() for row in range(table.rowCount)]
