import { App } from '../components/App'
import { HomeView } from '../views/HomeView'

export default function Page() {
  return (
    <App route="/">
      <HomeView />
    </App>
  )
}
