package cli

import "context"

// demoDashboard is the first dashboard of a demo, in the console's form.
const demoDashboard = `{"title":"Quakes and flights","panels":[
{"title":"Earthquakes a day","kind":"line","sql":"SELECT window_start, quakes FROM quakes_by_day EMIT CHANGES","x":"window_start","y":"quakes"},
{"title":"Busiest airports","kind":"bar","sql":"SELECT origin, flights FROM busiest EMIT CHANGES","y":"flights","series":"origin"},
{"title":"Strongest of the last day","kind":"number","sql":"SELECT window_start, strongest FROM quakes_by_day EMIT CHANGES","y":"strongest"},
{"title":"Airports as they change","kind":"table","sql":"SELECT origin, flights, mean_delay, worst_delay FROM busiest EMIT CHANGES"}]}`

// saveDashboard leaves a dashboard for the console.
func (d *demo) saveDashboard(ctx context.Context) error {
	ss, err := d.srv.NewSession("leat", "leat", nil, nil)
	if err != nil {
		return err
	}
	defer ss.Close()
	return ss.SaveDashboard(ctx, "demo", demoDashboard)
}
