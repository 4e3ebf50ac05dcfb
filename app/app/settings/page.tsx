import { App } from '../../components/App'
import { pageMetadata } from '../../pageMetadata'
import { SettingsView } from '../../views/SettingsView'

export const metadata = pageMetadata('/settings/')

export default function Page() {
  return (
    <App route="/settings/">
      <SettingsView />
    </App>
  )
}
